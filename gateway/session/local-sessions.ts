import type { SessionLink } from '../registry/node-port.ts';
import type { Status } from '../registry/status.ts';
import type { Kick } from '../registry/kick.ts';
import type { SessionRef } from '../registry/session-record.ts';
import type { HeldSession, HeldSessions } from '../registry/held-sessions.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { Session } from './session.ts';

/** What names an installed client. */
interface InstanceRef {
  readonly sdkAppId: number;
  readonly userId: string;
  readonly instanceId: string;
}

/** The sessions of this node: every open connection, and those with a login by their sessionId. */
export class LocalSessions {
  readonly #open = new Set<Session>();
  readonly #bySessionId = new Map<string, Session>();
  readonly #countByApp = new Map<number, number>();
  /** Sessions without a link, by their instance. */
  readonly #lost = new Map<string, Session>();
  readonly #idPrefix: string;
  #nextId = 1;
  /** What the registry is compared with. */
  readonly held: HeldSessions;

  /** @param incarnation unique to this start of the process, so that sessionIds never repeat */
  constructor(incarnation: string) {
    this.#idPrefix = `${incarnation}-`;
    const bySessionId = this.#bySessionId;
    const countByApp = this.#countByApp;
    this.held = {
      get count() {
        return bySessionId.size;
      },
      countByApp,
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

  /** The session has lost its link and waits for its client. */
  lost(session: Session, instance: InstanceRef): void {
    this.#open.delete(session);
    this.#lost.set(keyOf(instance), session);
  }

  /** The session waits no longer. */
  found(session: Session, instance: InstanceRef): void {
    const key = keyOf(instance);
    if (this.#lost.get(key) === session) this.#lost.delete(key);
  }

  /** The session of this instance that waits for its client. */
  lostOf(instance: InstanceRef): Session | undefined {
    return this.#lost.size === 0 ? undefined : this.#lost.get(keyOf(instance));
  }

  /** From here on a kick finds the session. */
  claim({ sessionId, sdkAppId }: SessionRef, session: Session): void {
    this.#bySessionId.set(sessionId, session);
    this.#countByApp.set(sdkAppId, (this.#countByApp.get(sdkAppId) ?? 0) + 1);
  }

  release({ sessionId, sdkAppId }: SessionRef): void {
    if (!this.#bySessionId.delete(sessionId)) return;
    this.#countByApp.set(sdkAppId, (this.#countByApp.get(sdkAppId) ?? 0) - 1);
  }

  /** A kick has come from the registry; one for a session that is gone already is nothing. */
  kicked(kick: Kick): void {
    this.#bySessionId.get(kick.sessionId)?.kicked(kick);
  }

  /** The instance of this session has logged in again elsewhere. */
  replaced(sessionId: string): void {
    this.#bySessionId.get(sessionId)?.replaced();
  }

  /** The user behind this session has set a custom status elsewhere. */
  ownStatusChanged(sessionId: string, status: Status): void {
    this.#bySessionId.get(sessionId)?.ownStatusChanged(status);
  }

  /** The links of those of these sessions that are here. */
  linksOf(sessionIds: readonly string[]): readonly SessionLink[] {
    return sessionIds.flatMap((sessionId) => {
      const session = this.#bySessionId.get(sessionId);
      if (session === undefined) return [];
      const { kind } = session.state;
      const state = kind === 'expired' || kind === 'lost' ? kind : 'online';
      return [{ sessionId, state, address: session.remoteAddress }];
    });
  }

  /** Something is pushed to these sessions: a frame for all of them. How many are gone already. */
  pushed(sessionIds: readonly string[], frame: SharedFrame): number {
    let gone = 0;
    for (const sessionId of sessionIds) {
      const session = this.#bySessionId.get(sessionId);
      if (session === undefined) gone += 1;
      else session.pushed(frame);
    }
    return gone;
  }

  /** The sessions with a login, as they are now. */
  withLogin(): readonly Session[] {
    return [...this.#bySessionId.values()];
  }

  /** Every open connection, logged in or not. */
  all(): IterableIterator<Session> {
    return this.#open.values();
  }

  /** Open connections. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Sessions that wait for their clients. */
  get lostCount(): number {
    return this.#lost.size;
  }

  /** How long the last of them will wait, in ms from `nowMs` (monotonic). */
  longestHoldMs(nowMs: number): number {
    let longestMs = 0;
    for (const { dueAtMs } of this.#lost.values()) longestMs = Math.max(longestMs, dueAtMs - nowMs);
    return longestMs;
  }

  /** Sessions with a login, running ones and lost ones included. */
  get loginCount(): number {
    return this.#bySessionId.size;
  }
}

/** A login that still waits for its answer is left out: nobody knows yet what the registry should say of it. */
function* acknowledged(sessions: Iterable<Session>): Generator<HeldSession> {
  for (const { state } of sessions) {
    if ('login' in state && state.kind !== 'loggingIn') yield state.login;
  }
}

function keyOf({ sdkAppId, userId, instanceId }: InstanceRef): string {
  return `${sdkAppId} ${userId} ${instanceId}`;
}
