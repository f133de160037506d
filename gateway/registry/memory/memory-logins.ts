import { dayOf } from '../activity.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { PolicyTable } from '../policy-table.ts';
import { isAway, type Ending, type SessionRef } from '../session-record.ts';
import type { AccountBook } from './account-book.ts';
import type { BackEndActs } from './back-end-acts.ts';
import type { Endings } from './endings.ts';
import { drawEvictions, victimsOf } from './evictions.ts';
import { endingEvents, type MemoryEvents } from './memory-events.ts';
import type { Nodes } from './nodes.ts';
import { factsOf, isRevoked } from './tickets.ts';
import type { TrafficBook } from './traffic-book.ts';
import type { UserBook } from './user-book.ts';

/** What logins go by, and where they leave their traces. */
export interface MemoryLoginParts {
  readonly book: UserBook;
  readonly policies: PolicyTable;
  readonly nodes: Nodes;
  readonly endings: Endings;
  readonly acts: BackEndActs;
  readonly events: MemoryEvents;
  readonly accounts: AccountBook;
  readonly traffic: TrafficBook;
}

/** Sessions come, get new tickets and go, as the registry port says. */
export class MemoryLogins {
  readonly #parts: MemoryLoginParts;

  constructor(parts: MemoryLoginParts) {
    this.#parts = parts;
  }

  login(nodeId: string, asked: LoginRequest): LoginOutcome {
    const { book, nodes } = this.#parts;
    const policy = this.#parts.policies.of(asked);
    const request = policy === asked.policy ? asked : { ...asked, policy };
    const nowMs = book.nowMs();
    const nowS = Math.floor(nowMs / 1000);
    book.forgetSome(nowMs);
    const user = book.meet(request, nowS);
    const older = user.sessionOf(request.instanceId);
    const mark = user.markOf(request.instanceId);
    const answer = user.answerOf(request, nowS);
    if (answer !== undefined) return answer;

    const seen = book.seenOf(request, user);
    const { instanceId, sessionId, platform, ticketEndsAt } = request;
    const epoch = book.epochAt(nowMs);
    const record = { instanceId, sessionId, nodeId, platform, epoch, ticketEndsAt };
    const victims = victimsOf(user, record, request, nowS);
    if (victims.length > 0) {
      const damped = drawEvictions(user, request, victims, nowMs);
      if (damped !== undefined) return damped;
    }
    book.takeEpoch(epoch);
    this.#count(request, nowMs);
    if (older !== undefined) {
      user.removeSession(older, epoch);
      nodes.tell(older.record.nodeId, (listener) => listener.replaced(older.record.sessionId));
    }
    if (mark !== undefined) user.removeMark(mark);
    const earlier = older ?? mark ?? user.lostOf(request.instanceId);
    user.removeLost(request.instanceId);
    user.addSession(record, factsOf(request), earlier);
    const kickedPlatforms = victims.map((victim) => victim.record.platform);
    const detail = { kind: 'login', isRestored: false, kickedPlatforms } as const;
    this.#parts.events.tell(request, record, detail, book.nowMs());
    this.#parts.endings.evict(user, victims, request, { atMs: nowMs, epoch });
    book.changed(request, user, { seen, version: epoch });
    return { kind: 'registered', epoch };
  }

  /** Whether exactly this session was there. */
  logout(session: SessionRef, ending: Ending): boolean {
    const { book, events } = this.#parts;
    const nowS = book.nowS();
    const holder = book.holderOf(session, nowS);
    if (holder === undefined) return false;
    const { user, stored } = holder;
    const seen = book.seenOf(session, user);
    const version = book.nextEpoch();
    user.removeSession(stored, version);
    if (isAway(ending)) user.addLost(stored, nowS);
    events.tell(session, stored.record, { kind: endingEvents[ending] }, book.nowMs());
    // With no time for push-online a lost mobile is gone at once.
    book.trimLost(user, nowS);
    book.changed(session, user, { seen, version });
    return true;
  }

  /** Whether exactly this session was there, and stays. */
  renew(session: SessionRef, ticket: TicketFacts): boolean {
    const { book, acts } = this.#parts;
    const holder = book.holderOf(session);
    if (holder === undefined) return false;
    const { user, stored } = holder;
    if (user.revocation !== undefined && isRevoked(user.revocation, ticket)) {
      acts.kick(session, { instanceIds: [session.instanceId] }, 'REST', 'revoked');
      return false;
    }
    user.rememberTicket(stored, Math.max(user.version, book.nowMs()));
    stored.ticket = factsOf(ticket);
    stored.record = { ...stored.record, ticketEndsAt: ticket.ticketEndsAt };
    return true;
  }

  #count(request: LoginRequest, nowMs: number): void {
    const { accounts, traffic, nodes } = this.#parts;
    const today = dayOf(nowMs);
    accounts.note(request, today);
    traffic.loggedIn(request.sdkAppId, today, nodes.sessionsOf(request.sdkAppId));
  }
}
