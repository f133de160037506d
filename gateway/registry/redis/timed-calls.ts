import type { Deletion } from '../accounts.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { KickedSession } from '../kick.ts';
import type { LoginRequest } from '../login.ts';
import type { SessionRef } from '../session-record.ts';
import type { HeldSession } from '../held-sessions.ts';
import type { UserRef } from '../user.ts';
import type { BackEndCalls, KickWish } from './back-end-calls.ts';
import { leaseRunOut, type Lease, type Term } from './lease.ts';
import type { PresenceCalls } from './presence-calls.ts';
import type { ScriptCalls } from './script-calls.ts';
import type { AuditReply, Late, LoginReply } from './login-replies.ts';
import type { StoreClock } from './store-clock.ts';
import { StoreFault } from './store-fault.ts';

/** What timed calls are made of. */
export interface TimedParts {
  readonly calls: ScriptCalls;
  readonly presence: PresenceCalls;
  readonly backEnd: BackEndCalls;
  readonly lease: Lease;
  readonly commandTimeoutMs: number;
}

const clockJumps = 'the clock of Redis jumps';

/**
 * The calls that may not happen any more once their caller has been told that they failed: each carries that moment,
 * by the clock of the server it goes to. Every call rejects with StoreFault.
 */
export class TimedCalls {
  readonly #calls: ScriptCalls;
  readonly #presence: PresenceCalls;
  readonly #backEnd: BackEndCalls;
  readonly #lease: Lease;
  readonly #commandTimeoutMs: number;

  constructor({ calls, presence, backEnd, lease, commandTimeoutMs }: TimedParts) {
    this.#calls = calls;
    this.#presence = presence;
    this.#backEnd = backEnd;
    this.#lease = lease;
    this.#commandTimeoutMs = commandTimeoutMs;
  }

  async login(request: LoginRequest): Promise<Exclude<LoginReply, Late>> {
    const clock = this.#calls.clockOf(request);
    clock.refresh();
    // A lease that is taken anew meanwhile does not count: others may have swept in between.
    const { term } = this.#lease;
    let reply = await this.#calls.login(request, this.#loginDeadline(clock, term));
    if (reply.kind === 'late') {
      clock.set(reply.storeMs);
      this.#mustHold(reply, clock, term);
      // We still wait, so our idea of this server's time was wrong: with its own, once more.
      reply = await this.#calls.login(request, this.#loginDeadline(clock, term));
    }
    if (reply.kind !== 'late') return reply;
    this.#mustHold(reply, clock, term);
    throw new StoreFault(clockJumps, false);
  }

  async audit(session: HeldSession): Promise<AuditReply> {
    const clock = this.#calls.clockOf(session);
    return this.#inTime(clock, (notAfter) =>
      this.#calls.audit(session, { notAfter, registerUntil: this.#lease.storeEndsAt(clock) }),
    );
  }

  /** The sessions that were ended, newest first. */
  async kick(user: UserRef, wish: KickWish): Promise<readonly KickedSession[]> {
    return this.#inTime(this.#calls.clockOf(user), (notAfter) =>
      this.#backEnd.kick(user, wish, notAfter),
    );
  }

  async revoke(user: UserRef): Promise<Revocation> {
    const { atMs, ended } = await this.#revoke(user, false);
    return { atMs, ended };
  }

  /** A revocation that leaves no account behind. */
  deleteAccount(user: UserRef): Promise<Deletion> {
    return this.#revoke(user, true);
  }

  #revoke(user: UserRef, deletesAccount: boolean): Promise<Deletion> {
    return this.#inTime(this.#calls.clockOf(user), (notAfter) =>
      this.#backEnd.revoke(user, deletesAccount, notAfter),
    );
  }

  /** The sessions that were ended, newest first. `endsAt` in Unix seconds, Infinity = without an end. */
  async ban(user: UserRef, endsAt: number): Promise<readonly KickedSession[]> {
    return this.#inTime(this.#calls.clockOf(user), (notAfter) =>
      this.#backEnd.ban(user, endsAt, notAfter),
    );
  }

  /** Whether the user was banned until now. */
  async unban(user: UserRef): Promise<boolean> {
    return this.#inTime(this.#calls.clockOf(user), (notAfter) =>
      this.#backEnd.unban(user, notAfter),
    );
  }

  /** What holds now by this machine's clock: reading needs no deadline. */
  restrictions(user: UserRef): Promise<Restrictions> {
    return this.#backEnd.restrictions(user, Date.now() / 1000);
  }

  /** Whether the session was still there. */
  async setStatus(session: SessionRef, customStatus: string): Promise<boolean> {
    return this.#inTime(this.#calls.clockOf(session), (notAfter) =>
      this.#presence.setStatus(session, customStatus, notAfter),
    );
  }

  /** Another call about a user, or about several of one partition: `send` is given the moment, in Redis time in ms. */
  inTime<T>(
    user: UserRef,
    send: (notAfter: number) => Promise<T | Late>,
  ): Promise<Exclude<T, Late>> {
    return this.#inTime(this.#calls.clockOf(user), send);
  }

  /** The same for a call to the server whose clock this is. */
  withClock<T>(
    clock: StoreClock,
    send: (notAfter: number) => Promise<T | Late>,
  ): Promise<Exclude<T, Late>> {
    return this.#inTime(clock, send);
  }

  /** As any call, and no later than the lease ends: nobody would sweep what is registered after it. */
  #loginDeadline(clock: StoreClock, term: Term): number {
    const leaseEndsAt = this.#lease.storeEndsAt(clock, term);
    return Math.min(this.#deadline(clock) || leaseEndsAt, leaseEndsAt);
  }

  #mustHold({ storeMs }: Late, clock: StoreClock, term: Term): void {
    if (storeMs > this.#lease.storeEndsAt(clock, term)) throw new StoreFault(leaseRunOut, false);
  }

  /** Sends a call; once more, if our idea of the server's time was wrong. */
  async #inTime<T>(
    clock: StoreClock,
    send: (notAfter: number) => Promise<T | Late>,
  ): Promise<Exclude<T, Late>> {
    let reply = await send(this.#deadline(clock));
    if (isLate(reply)) {
      clock.set(reply.storeMs);
      reply = await send(this.#deadline(clock));
    }
    if (isLate(reply)) throw new StoreFault(clockJumps, false);
    return reply as Exclude<T, Late>;
  }

  /** Until when, by the clock of the server it goes to, a call may happen that is sent now; 0 while that is unknown. */
  #deadline(clock: StoreClock): number {
    return clock.nowPlus(this.#commandTimeoutMs);
  }
}

function isLate(reply: unknown): reply is Late {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'late';
}
