import type { TicketFacts } from '../registry/login.ts';
import { verifyUserSig, type Ticket, type Verdict } from '../ticket/user-sig.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';
import { watchTicket } from './ticket-watch.ts';

/** Judges a UserSig by this node's keys and clock; tickets count in whole Unix seconds (rules TICKET-1 to TICKET-3). */
export function judgeTicket(
  session: Session,
  userSig: string,
  claim: { readonly sdkAppId: number; readonly userId: string },
): Verdict {
  const { keys, clock, settings } = session.room;
  const nowS = Math.floor(clock.wallMs() / 1000);
  return verifyUserSig(userSig, claim, keys, { nowS, toleranceS: settings.clockToleranceS });
}

/** Puts a good ticket in the place of the session's old one, also of one that ended a moment ago. */
export function takeTicket(session: Session, login: Login, ticket: Ticket): void {
  const facts = factsOf(ticket);
  Object.assign(login, facts);
  session.state = { kind: 'loggedIn', login, isWarned: false };
  session.failedLogins = 0;
  watchTicket(session, login);
  // The ticket's life is this node's affair, so nobody waits for the registry: it keeps its record longer, or ends
  // the session when the ticket is revoked (rule REVOKE-4).
  void session.room.registry.renew(login, facts);
}

/** What the registry goes by of a ticket. */
function factsOf({ endsAt, issuedAt, fingerprint }: Ticket): TicketFacts {
  return { ticketEndsAt: endsAt, ticketIssuedAt: issuedAt, ticketFingerprint: fingerprint };
}
