import type { KickType } from '../../../protocol/frames.ts';
import { evictionWaitMs, spendEvictions } from '../../policy/eviction-allowance.ts';
import { survivors } from '../../policy/survivors.ts';
import { kickTypeBetween } from '../kick-type.ts';
import type {
  Kick,
  KickedSession,
  KickTarget,
  LoginOutcome,
  LoginRequest,
  RegistryListener,
  SessionRecord,
  SessionRef,
  UserRef,
} from '../port.ts';
import { retention } from '../retention.ts';
import { UserRecord } from './user-record.ts';
import type { StoredSession } from './user-record.ts';

/** How many users a login looks at to forget those of whom nothing is left. */
const swept = 2;

/**
 * The registry's data in the memory of one process. One store may serve several nodes of that process, as in
 * tests. Every method is one atomic step; notifications leave it later, in order.
 */
export class MemoryStore {
  readonly #users = new Map<string, UserRecord>();
  readonly #listeners = new Map<string, RegistryListener>();
  readonly #nowMs: () => number;
  /** The largest epoch given to any user: a user who was forgotten in between is never given an old one. */
  #epoch = 0;
  #sweep: MapIterator<[string, UserRecord]> | undefined;

  /** `nowMs` tells Unix milliseconds. */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Users of whom anything is known. */
  get userCount(): number {
    return this.#users.size;
  }

  listen(nodeId: string, listener: RegistryListener): void {
    this.#listeners.set(nodeId, listener);
  }

  leave(nodeId: string): void {
    this.#listeners.delete(nodeId);
  }

  login(nodeId: string, request: LoginRequest): LoginOutcome {
    const nowMs = this.#nowMs();
    const nowS = Math.floor(nowMs / 1000);
    this.#forgetSome(nowMs);
    const user = this.#userOf(request) ?? this.#addUser(request);
    const older = user.sessionOf(request.instanceId);
    const mark = user.markOf(request.instanceId);
    const answer = older === undefined ? user.answerOf(request, nowS) : repeatOf(older, request);
    if (answer !== undefined) return answer;

    const { instanceId, sessionId, platform, ticketEndsAt } = request;
    const epoch = Math.max(this.#epoch + 1, nowMs);
    const record = { instanceId, sessionId, nodeId, platform, epoch, ticketEndsAt };
    const victims = victimsOf(user, record, request, nowS);
    if (victims.length > 0) {
      const damped = drawEvictions(user, request, victims, nowMs);
      if (damped !== undefined) return damped;
    }
    this.#epoch = epoch;
    if (older !== undefined) {
      user.removeSession(older);
      this.#tell(older.record.nodeId, (listener) => listener.replaced(older.record.sessionId));
    }
    if (mark !== undefined) user.removeMark(mark);
    user.addSession(record, older ?? mark);
    this.#evict(user, victims, request, nowS);
    return { kind: 'registered', epoch };
  }

  logout(session: SessionRef): boolean {
    const user = this.#userOf(session);
    const stored = user?.sessionOf(session.instanceId);
    if (user === undefined || stored?.record.sessionId !== session.sessionId) return false;
    user.removeSession(stored);
    if (user.isEmptyAt(this.#nowMs())) this.#users.delete(keyOf(session));
    return true;
  }

  renew(session: SessionRef, ticketEndsAt: number): boolean {
    const stored = this.#userOf(session)?.sessionOf(session.instanceId);
    if (stored?.record.sessionId !== session.sessionId) return false;
    stored.record = { ...stored.record, ticketEndsAt };
    return true;
  }

  kick(ref: UserRef, target: KickTarget, type: KickType): readonly KickedSession[] {
    const user = this.#userOf(ref);
    if (user === undefined) return [];
    const at = Math.floor(this.#nowMs() / 1000);
    const kicked = user.newestFirst
      .filter(({ record }) => target === 'all' || target.instanceIds.includes(record.instanceId))
      .map((stored) => {
        const { sessionId } = stored.record;
        const kick: Kick = { sessionId, type, byPlatform: '', byInstanceId: '', at };
        this.#kick(user, stored, kick);
        return { session: stored.record, kick };
      });
    user.trimMarks(at);
    return kicked;
  }

  sessions(ref: UserRef): readonly SessionRecord[] {
    return this.#userOf(ref)?.newestFirst.map(({ record }) => record) ?? [];
  }

  #evict(
    user: UserRecord,
    victims: readonly StoredSession[],
    newcomer: LoginRequest,
    nowS: number,
  ): void {
    for (const stored of victims) {
      this.#kick(user, stored, {
        sessionId: stored.record.sessionId,
        type: kickTypeBetween(stored.record.platform, newcomer.platform),
        byPlatform: newcomer.platform,
        byInstanceId: newcomer.instanceId,
        at: nowS,
      });
    }
    user.trimMarks(nowS);
  }

  #kick(user: UserRecord, stored: StoredSession, kick: Kick): void {
    user.removeSession(stored);
    user.addMark(stored, kick);
    this.#tell(stored.record.nodeId, (listener) => listener.kicked(kick));
  }

  #tell(nodeId: string, message: (listener: RegistryListener) => void): void {
    setImmediate(() => {
      const listener = this.#listeners.get(nodeId);
      if (listener !== undefined) message(listener);
    });
  }

  #userOf(ref: UserRef): UserRecord | undefined {
    return this.#users.get(keyOf(ref));
  }

  #addUser(ref: UserRef): UserRecord {
    const user = new UserRecord();
    this.#users.set(keyOf(ref), user);
    return user;
  }

  /** Walks on through all users, a few a login, so that marks nobody comes back for do not stay for ever. */
  #forgetSome(nowMs: number): void {
    for (let i = 0; i < swept; i += 1) {
      this.#sweep ??= this.#users.entries();
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      const [key, user] = next.value;
      user.trimMarks(Math.floor(nowMs / 1000));
      if (user.isEmptyAt(nowMs)) this.#users.delete(key);
    }
  }
}

/** The sessions that have to go when `newcomer` comes, newest first; the older one of its own instance aside. */
function victimsOf(
  user: UserRecord,
  newcomer: SessionRecord,
  { policy }: LoginRequest,
  nowS: number,
): readonly StoredSession[] {
  if (user.sessionCount === 0) return [];
  user.forgetSessionsEndedBy(nowS - retention.recordSlackS, newcomer.instanceId);
  const others = user.newestFirst.filter(({ record }) => record.instanceId !== newcomer.instanceId);
  if (others.length === 0) return others;
  const kept = new Set(survivors(policy, [newcomer, ...others.map(({ record }) => record)]));
  return others.filter(({ record }) => !kept.has(record));
}

/** Takes what the eviction of `victims` costs; or, where there is too little left, the answer to the login. */
function drawEvictions(
  user: UserRecord,
  { policy, isAutomatic }: LoginRequest,
  victims: readonly StoredSession[],
  nowMs: number,
): LoginOutcome | undefined {
  const { evictionsWholeAtMs: wholeAtMs } = user;
  const waitMs = evictionWaitMs(policy.evictions, { wholeAtMs, isAutomatic }, nowMs);
  if (waitMs > 0) {
    const rivals = victims.map(({ record: { instanceId, platform } }) => ({
      instanceId,
      platform,
    }));
    return { kind: 'damped', rivals, waitMs };
  }
  user.evictionsWholeAtMs = spendEvictions(policy.evictions, wholeAtMs, victims.length, nowMs);
  return undefined;
}

function keyOf(ref: UserRef): string {
  return `${ref.sdkAppId}:${ref.userId}`;
}

/** The answer when the instance's session is the very one that asks, or one that came after it. */
function repeatOf(stored: StoredSession, request: LoginRequest): LoginOutcome | undefined {
  if (stored.record.sessionId === request.sessionId) {
    return { kind: 'registered', epoch: stored.record.epoch };
  }
  return stored.predecessors.includes(request.sessionId) ? { kind: 'replaced' } : undefined;
}
