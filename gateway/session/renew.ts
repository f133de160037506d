import type { Frame } from '../../protocol/frames.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';
import { judgeTicket, takeTicket } from './take-ticket.ts';

/** A new ticket for the user who is logged in (rules RENEW-1 to RENEW-3). */
export function handleRenew(session: Session, login: Login, frame: Frame<'renew'>): void {
  const verdict = judgeTicket(session, frame.userSig, login);
  if (verdict.kind === 'refused') return session.refuse(frame.seq, verdict.code, verdict.message);
  takeTicket(session, login, verdict.ticket);
  session.room.counters.ticketRenewals++;
  session.send({
    name: 'renewed',
    seq: frame.seq,
    serverTime: session.serverTime,
    ticketEndsAt: login.ticketEndsAt,
  });
}
