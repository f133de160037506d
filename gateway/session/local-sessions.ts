import type { HeldSession, HeldSessions, Kick } from '../registry/port.ts';
import type { Session } from './session.ts';

/** The sessions of this node: every open connection, and those with a login by their sessionId. */
export class LocalSessions {
  readonly #open = new Set<Session>();
  readonly #bySessionId = new Map<string, Session>();
  readonly #idPrefix: string;
  #nextId = 1;
  /** What the registry is compared with. */
  readonly held: HeldSessions;

  /** @param incarnation unique to this start of the process, so that sessionIds never repeat */
  constructor(incarnation: string) {
    this.#idPrefix = `${incarnation}-`;
    const bySessionId = this.#bySessionId;
    this.held = {
      get count() {
        return bySessionId.size;
      },
      all: () => acknowledged(bySessionId.values()),
      has: (sessionId) => bySessionId.has(sessionId),
    };
  }

  /** A sessionId that no other login of the deployment has or will have. */
  newSessionId(): string {
    return this.#idPrefix + (this.#nextId++).toString(36);
  }

  opened(session: Session): void {
    this.#open.add(session);
  }

  closed(session: Session): void {
    this.#open.delete(session);
  }

  /** From here on a kick of `sessionId` finds the session. */
  claim(sessionId: string, session: Session): void {
    this.#bySessionId.set(sessionId, session);
  }

  release(sessionId: string): void {
    this.#bySessionId.delete(sessionId);
  }

  /** A kick has come from the registry; one for a session that is gone already is nothing. */
  kicked(kick: Kick): void {
    this.#bySessionId.get(kick.sessionId)?.kicked(kick);
  }

  /** The instance of this session has logged in again elsewhere. */
  replaced(sessionId: string): void {
    this.#bySessionId.get(sessionId)?.replaced();
  }

  /** Every open connection, logged in or not. */
  all(): IterableIterator<Session> {
    return this.#open.values();
  }

  /** Open connections. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Connections with a login, running ones included. */
  get loginCount(): number {
    return this.#bySessionId.size;
  }
}

/** A login that still waits for its answer is left out: nobody knows yet what the registry should say of it. */
function* acknowledged(sessions: Iterable<Session>): Generator<HeldSession> {
  for (const { state } of sessions) {
    if (state.kind === 'loggedIn' || state.kind === 'expired') yield state.login;
  }
}
