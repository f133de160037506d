import type { RegistryCounters } from '../counters.ts';
import type { HeldSessions, SessionRef, UpdateOutcome } from '../port.ts';
import type { FaultLog } from './fault-log.ts';
import type { IndexSlice } from './script-calls.ts';
import { storeFault } from './store-fault.ts';

/** Partitions that are read at once: a few milliseconds of Redis, so that logins get between. */
const partitionsAtOnce = 16;

/** What a walk needs of the registry around it. */
export interface WalkCalls {
  readonly partitions: number;
  /** Sessions in this node's index of one partition, from a cursor on ("0" = its beginning). Rejects with StoreFault. */
  walk(partition: number, cursor: string): Promise<IndexSlice>;
  /** Removes exactly this session; never rejects. */
  remove(session: SessionRef): Promise<UpdateOutcome>;
}

/**
 * The audit from the other side: it goes through the records that name this node and removes those of sessions it
 * does not hold. An older snapshot of Redis brings such records back, and so does a logout that was lost.
 */
export class IndexWalk {
  readonly #calls: WalkCalls;
  readonly #log: FaultLog;
  readonly #counters: RegistryCounters;
  /** Where the slow walk goes on. */
  #next = 0;
  #isClosed = false;

  constructor(calls: WalkCalls, log: FaultLog, counters: RegistryCounters) {
    this.#calls = calls;
    this.#log = log;
    this.#counters = counters;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Goes through every partition. False when Redis failed on the way. Never rejects. */
  async all(held: HeldSessions): Promise<boolean> {
    const { partitions } = this.#calls;
    for (let first = 0; first < partitions; first += partitionsAtOnce) {
      const most = Math.min(partitionsAtOnce, partitions - first);
      if (!(await this.#walkFrom(first, most, held))) return false;
    }
    return true;
  }

  /** Goes through the next partitions of the lap, `count` of them; stops where Redis fails. Never rejects. */
  async some(count: number, held: HeldSessions): Promise<void> {
    const { partitions } = this.#calls;
    for (let left = count; left > 0; left -= partitionsAtOnce) {
      const most = Math.min(partitionsAtOnce, left, partitions);
      if (!(await this.#walkFrom(this.#next, most, held))) return;
      this.#next = (this.#next + most) % partitions;
    }
  }

  async #walkFrom(first: number, count: number, held: HeldSessions): Promise<boolean> {
    const walks = Array.from({ length: count }, (_, i) =>
      this.#walk((first + i) % this.#calls.partitions, held).catch((error: unknown) => {
        const fault = storeFault(error);
        if (fault.isOfCall) this.#skip((first + i) % this.#calls.partitions, fault.message);
        return fault.isOfCall;
      }),
    );
    return (await Promise.all(walks)).every((isDone) => isDone);
  }

  async #walk(partition: number, held: HeldSessions): Promise<boolean> {
    let cursor = '0';
    do {
      const slice = await this.#calls.walk(partition, cursor);
      if (this.#isClosed) return false;
      // Asked after the record was read: a login is claimed before its record is written, so one on its way is here.
      for (const session of slice.sessions) {
        if (!held.has(session.sessionId)) this.#remove(session);
      }
      cursor = slice.cursor;
    } while (cursor !== '0');
    return true;
  }

  #remove(session: SessionRef): void {
    void this.#calls.remove(session).then((outcome) => {
      // Else its own logout was on the way, or another session has the place.
      if (outcome === 'done') this.#counters.auditRemovals += 1;
    });
  }

  #skip(partition: number, reason: string): void {
    this.#counters.auditFailures += 1;
    this.#log.error('an index of this node cannot be read', { partition, reason });
  }
}
