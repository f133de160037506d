import { setImmediate as turn } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { UpdateOutcome } from '../port.ts';
import type { SessionRef } from '../session-record.ts';
import type { HeldSession, HeldSessions } from '../held-sessions.ts';
import type { UserRef } from '../user.ts';
import type { FaultLog } from './fault-log.ts';
import type { IndexSlice, RecordedSession } from './script-calls.ts';
import { storeFault } from './store-fault.ts';

/** Partitions that are read at once: a few milliseconds of Redis, so that logins get between. */
const partitionsAtOnce = 16;
/** In how many lots the slow walk goes through the partitions: for each the table of sessions is looked through once. */
const lotsOfALap = 16;
/** Sessions of the table that are looked at in one turn of the event loop: under a millisecond. */
const sessionsATurn = 2048;

/** Sessions of this node that a walk should find, by their ids. */
type Expected = Map<string, HeldSession>;

/** What a walk needs of the registry around it. */
export interface WalkCalls {
  readonly partitions: number;
  partitionOf(user: UserRef): number;
  /** Sessions in this node's index of one partition, from a cursor on ("0" = its beginning). Rejects with StoreFault. */
  walk(partition: number, cursor: string): Promise<IndexSlice>;
  /** Removes exactly this session; never rejects. */
  remove(session: SessionRef): Promise<UpdateOutcome>;
}

/**
 * The audit from the other side: it goes through the records that name this node, many in one call, and removes those of
 * sessions it does not hold. An older snapshot of Redis brings such records back, and so does a logout that was lost. What it
 * finds as it should be needs no comparison of its own.
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

  /** How many partitions `lot` goes through. */
  get lotSize(): number {
    const { partitions } = this.#calls;
    return Math.min(partitions, Math.max(partitionsAtOnce, Math.ceil(partitions / lotsOfALap)));
  }

  /** The lot of the slow walk whose turn it is. */
  next(held: HeldSessions): Promise<readonly HeldSession[] | undefined> {
    return this.lot(held, this.#next);
  }

  /** That lot is done: it is the turn of the one behind it. */
  advance(): void {
    this.#next = (this.#next + this.lotSize) % this.#calls.partitions;
  }

  /**
   * Goes through some partitions from `first` on. The sessions there that it has not found as they should be; undefined where
   * Redis failed. Never rejects.
   */
  async lot(held: HeldSessions, first: number): Promise<readonly HeldSession[] | undefined> {
    const expected = await this.#sessionsOf(first, this.lotSize, held);
    for (let done = 0; done < this.lotSize; done += partitionsAtOnce) {
      const most = Math.min(partitionsAtOnce, this.lotSize - done);
      if (!(await this.#walkFrom(first + done, most, held, expected))) return undefined;
    }
    return [...expected.values()].filter(({ sessionId }) => held.has(sessionId));
  }

  async #sessionsOf(first: number, count: number, held: HeldSessions): Promise<Expected> {
    const { partitions } = this.#calls;
    const found: Expected = new Map();
    let left = held.count;
    for (const session of held.all()) {
      const place = (this.#calls.partitionOf(session) - first + partitions) % partitions;
      if (place < count) found.set(session.sessionId, session);
      left -= 1;
      // Those that come meanwhile stand behind these, and need no audit yet.
      if (left <= 0) break;
      if (left % sessionsATurn === 0) await turn();
    }
    return found;
  }

  async #walkFrom(
    first: number,
    count: number,
    held: HeldSessions,
    expected: Expected,
  ): Promise<boolean> {
    const walks = Array.from({ length: count }, (_, i) =>
      this.#walk((first + i) % this.#calls.partitions, held, expected).catch((error: unknown) => {
        const fault = storeFault(error);
        if (fault.isOfCall) this.#skip((first + i) % this.#calls.partitions, fault.message);
        return fault.isOfCall;
      }),
    );
    return (await Promise.all(walks)).every((isDone) => isDone);
  }

  async #walk(partition: number, held: HeldSessions, expected: Expected): Promise<boolean> {
    let cursor = '0';
    do {
      const slice = await this.#calls.walk(partition, cursor);
      if (this.#isClosed) return false;
      // Asked after the record was read: a login is claimed before its record is written, so one on its way is here.
      for (const session of slice.sessions) {
        if (!held.has(session.sessionId)) this.#remove(session);
        else this.#confirm(session, expected);
      }
      cursor = slice.cursor;
    } while (cursor !== '0');
    return true;
  }

  /** A record that would go before its session does is not as it should be. */
  #confirm({ sessionId, ticketEndsAt }: RecordedSession, expected: Expected): void {
    const session = expected.get(sessionId);
    if (session === undefined || ticketEndsAt < session.ticketEndsAt) return;
    expected.delete(sessionId);
    this.#counters.auditedSessions += 1;
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
