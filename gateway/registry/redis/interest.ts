import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { RegistryListener } from '../port.ts';
import type { UserStatus } from '../status.ts';
import type { UserRef } from '../user.ts';
import type { Deployment } from './deployment.ts';
import type { FaultLog } from './fault-log.ts';
import type { Keys } from './keys.ts';
import { memberOf } from './keys.ts';
import type { PresenceCalls, Wish } from './presence-calls.ts';
import { storeFault } from './store-fault.ts';
import { UserBatches, type UserBatch } from './user-batches.ts';

const tickMs = 250;
/** Calls that are on their way at once: a few milliseconds of Redis, so that logins get between. */
const callsAtOnce = 16;
/** Users that are put into batches in one turn of the loop: well under a millisecond. */
const usersPerTurn = 2000;

/** What the interest of a node needs of the registry around it. */
export interface InterestCalls {
  readonly keys: Keys;
  /** Each watch is renewed once in so many seconds, and ends by itself after three times as many. */
  readonly auditS: number;
  /** How these users are, in their order; see scripts/watch.lua. Rejects with StoreFault. */
  watch(batch: UserBatch, wish: Wish): Promise<readonly UserStatus[]>;
}

/** Whom interest serves. */
export type InterestListener = Pick<RegistryListener, 'statusChanged' | 'watched'>;

/**
 * This node's interest in users, as a field in the record of each. It is renewed slowly all the time and at once after
 * a doubt; each renewal tells how the user is, so that what pub/sub has lost is found. Where nobody here wants to know
 * any more the next change ends it, or its own time.
 */
export class Interest {
  readonly #calls: InterestCalls;
  readonly #log: FaultLog;
  readonly #counters: RegistryCounters;
  #listener: InterestListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;
  /** What is left of the lap of the slow renewal. */
  #lap: UserBatch[] = [];
  #credit = 0;
  /** Users whose record this node is leaving. */
  readonly #leaving = new Set<string>();

  constructor(calls: InterestCalls, log: FaultLog, counters: RegistryCounters) {
    this.#calls = calls;
    this.#log = log;
    this.#counters = counters;
  }

  /** Begins the slow renewal. */
  start(listener: InterestListener): void {
    this.#listener = listener;
    this.#timer = setInterval(() => void this.#tick(), tickMs).unref();
  }

  close(): void {
    this.#listener = undefined;
    clearInterval(this.#timer);
  }

  /** Watches users or asks how they are; in the given order. Rejects with StoreFault when one call fails. */
  async ask(users: readonly UserRef[], isWatch: boolean): Promise<readonly UserStatus[]> {
    const batches = new UserBatches(this.#calls.keys);
    for (const user of users) batches.add(user);
    const wish = isWatch ? this.#lasting : 'ask';
    const answers = await Promise.all(batches.all.map((batch) => this.#calls.watch(batch, wish)));
    const byMember = new Map(
      answers.flat().map((status) => [memberOf(status.user), status] as const),
    );
    return users.flatMap((user) => byMember.get(memberOf(user)) ?? []);
  }

  /** The channel has told a status: on it goes to those who want it; where nobody does this node wants no more. */
  heard(status: UserStatus): void {
    if (this.#listener?.watched.has(status.user) === true) this.#listener.statusChanged(status);
    else void this.#leave(status.user);
  }

  /** Renews every watch now. False when Redis failed on the way. Never rejects. */
  async renewAll(): Promise<boolean> {
    const batches = await this.#gather();
    for (let first = 0; first < batches.length; first += callsAtOnce) {
      const some = batches.slice(first, first + callsAtOnce);
      const done = await Promise.all(some.map((batch) => this.#renew(batch)));
      if (!done.every(Boolean)) return false;
    }
    return true;
  }

  get #lasting(): Wish {
    return { forS: 3 * this.#calls.auditS };
  }

  async #tick(): Promise<void> {
    const count = this.#listener?.watched.count ?? 0;
    this.#credit = Math.min(this.#credit + (count * tickMs) / (this.#calls.auditS * 1000), count);
    // One that Redis is slow with is not joined by others.
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      while (this.#credit >= 1 && this.#listener !== undefined) {
        if (this.#lap.length === 0) this.#lap = await this.#gather();
        const batch = this.#lap.pop();
        if (batch === undefined) return;
        this.#credit -= batch.users.length;
        if (await this.#renew(batch)) continue;
        // Redis is away, or a master of it: the others first.
        this.#lap.unshift(batch);
        return;
      }
    } finally {
      this.#isTicking = false;
    }
  }

  /** All users this node watches, by partition. */
  async #gather(): Promise<UserBatch[]> {
    const batches = new UserBatches(this.#calls.keys);
    let count = 0;
    for (const user of this.#listener?.watched.all() ?? []) {
      batches.add(user);
      count += 1;
      if (count % usersPerTurn === 0) await nextTurn();
    }
    return batches.all;
  }

  /** False when Redis has failed. */
  async #renew({ partition, users }: UserBatch): Promise<boolean> {
    const wanted = users.filter((user) => this.#listener?.watched.has(user));
    if (wanted.length === 0) return this.#listener !== undefined;
    try {
      const statuses = await this.#calls.watch({ partition, users: wanted }, this.#lasting);
      this.#counters.renewedWatches += statuses.length;
      for (const status of statuses) this.#listener?.statusChanged(status);
      return true;
    } catch (error) {
      const fault = storeFault(error);
      // A record Redis cannot work with must not keep those of other partitions from their renewal.
      if (fault.isOfCall) this.#skip(partition, fault.message);
      return fault.isOfCall;
    }
  }

  async #leave(user: UserRef): Promise<void> {
    const { keys } = this.#calls;
    const member = memberOf(user);
    if (this.#leaving.has(member) || this.#listener === undefined) return;
    this.#leaving.add(member);
    const batch = { partition: keys.partitionOf(member), users: [user] };
    // Failing that, the field ends by itself.
    await this.#calls.watch(batch, 'leave').catch(() => undefined);
    this.#leaving.delete(member);
    // On a Cluster a call may overtake another: somebody may have begun to watch meanwhile.
    if (this.#listener?.watched.has(user)) await this.#renew(batch);
  }

  #skip(partition: number, reason: string): void {
    this.#counters.auditFailures += 1;
    this.#log.error('watches of this node cannot be renewed', { partition, reason });
  }
}

/** What the interest of a node is made of. */
interface InterestParts extends Pick<InterestCalls, 'keys' | 'auditS'> {
  readonly presence: PresenceCalls;
  readonly deployment: Deployment;
}

/** The interest of a node in Redis; refused while the data there is not that of its deployment. */
export function makeInterest(
  { presence, deployment, ...settings }: InterestParts,
  log: FaultLog,
  counters: RegistryCounters,
): Interest {
  const watch: InterestCalls['watch'] = async (batch, wish) => {
    deployment.mustFit();
    return presence.watch(batch, wish);
  };
  return new Interest({ ...settings, watch }, log, counters);
}
