import { setTimeout as delay } from 'node:timers/promises';
import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { HeldSessions } from '../held-sessions.ts';
import type { UserRef } from '../user.ts';
import type { FaultLog } from './fault-log.ts';
import { storeFault } from './store-fault.ts';

/** Users that are held at once. */
const batchSize = 16;
const retryMs = 1000;

/** What a convergence needs of the registry around it. */
export interface ConvergenceCalls {
  /** Ends what the policy does not allow a user, and tells how many that were. Rejects with StoreFault. */
  hold(user: UserRef, policy: LoginPolicy): Promise<number>;
  /** Users in a second. */
  readonly perS: number;
}

/**
 * Holds the users of this node's sessions to a policy that was changed. Every node does so for its own: a session that
 * must go has a node that lives, or is swept. One that Redis could not be asked about is asked about again.
 */
export class Convergence {
  readonly #calls: ConvergenceCalls;
  readonly #log: FaultLog;
  #held: HeldSessions | undefined;
  /** The apps that are not done, with what they are held to. */
  readonly #open = new Map<number, LoginPolicy>();
  #isRunning = false;
  #isClosed = false;

  constructor(calls: ConvergenceCalls, log: FaultLog) {
    this.#calls = calls;
    this.#log = log;
  }

  /** Before it there is nothing to hold. */
  start(held: HeldSessions): void {
    this.#held = held;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Whether the users of an app are held to the last policy that was begun with. */
  isDone(sdkAppId: number): boolean {
    return !this.#open.has(sdkAppId);
  }

  /** Holds all users of an app to a policy; an earlier one counts no more. */
  begin(sdkAppId: number, policy: LoginPolicy): void {
    this.#open.set(sdkAppId, policy);
    void this.#run();
  }

  /** Holds one user to a policy; if Redis cannot be asked, all of the app. */
  user(user: UserRef, policy: LoginPolicy): void {
    this.#calls.hold(user, policy).catch(() => this.begin(user.sdkAppId, policy));
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (!this.#isClosed) {
      const [next] = this.#open;
      if (next === undefined) break;
      const [sdkAppId, policy] = next;
      const isThrough = await this.#pass(sdkAppId, policy);
      if (!isThrough) await delay(retryMs, undefined, { ref: false });
      else if (this.#open.get(sdkAppId) === policy) this.#open.delete(sdkAppId);
    }
    this.#isRunning = false;
  }

  /** False when Redis failed on the way. */
  async #pass(sdkAppId: number, policy: LoginPolicy): Promise<boolean> {
    const startedAt = performance.now();
    const sums = { sessions: 0, ended: 0 };
    for (const batch of this.#batches(sdkAppId)) {
      const counts = await Promise.all(batch.map((user) => this.#hold(user, policy)));
      if (counts.includes('failed')) return false;
      sums.sessions += counts.length;
      for (const count of counts) sums.ended += Number(count);
      await delay((1000 * batch.length) / this.#calls.perS, undefined, { ref: false });
      if (this.#isClosed || this.#open.get(sdkAppId) !== policy) return true;
    }
    const ms = Math.round(performance.now() - startedAt);
    if (sums.sessions > 0) this.#log.info({ sdkAppId, ...sums, ms }, 'held to a new policy');
    return true;
  }

  /** The sessions of an app. Those that come meanwhile stand behind these, and the policy has decided about them. */
  *#batches(sdkAppId: number): Generator<readonly UserRef[]> {
    let left = this.#held?.count ?? 0;
    let batch: UserRef[] = [];
    for (const session of this.#held?.all() ?? []) {
      left -= 1;
      if (left < 0) break;
      if (session.sdkAppId === sdkAppId) batch.push(session);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async #hold(user: UserRef, policy: LoginPolicy): Promise<number | 'failed'> {
    try {
      return await this.#calls.hold(user, policy);
    } catch (error) {
      const fault = storeFault(error);
      if (!fault.isOfCall) return 'failed';
      // One record that Redis cannot work with must not keep the others over their policy.
      const { sdkAppId, userId } = user;
      const reason = fault.message;
      this.#log.error('a user cannot be held to the policy', { sdkAppId, userId, reason });
      return 0;
    }
  }
}
