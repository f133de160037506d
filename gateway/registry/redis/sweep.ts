import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { Connections } from './connection.ts';
import type { EventWishWords } from './event-wish-words.ts';
import type { FaultLog } from './fault-log.ts';
import type { Keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** What a sweep needs of the registry around it. */
export interface SweepParts {
  readonly connections: Connections;
  readonly scripts: Scripts;
  readonly keys: Keys;
  readonly events: EventWishWords;
  /** For how long a mobile instance of a dead node counts as push-online, in seconds. */
  readonly pushOnlineS: number;
}

/** Users whose records one call takes away: some 0.5 ms of Redis. */
const usersPerSlice = 64;
const partitionsAtOnce = 16;

/**
 * How long after a look at the leases a slice may still happen. A node that comes back takes its lease and then
 * waits this long before it registers anything again, so that no sweeper takes away what it has put back.
 */
export const sweepMarginMs = 250;

/** A loop that comes round so much too late has sessions of its own to see to. */
const lateMs = 20;
/** How long a sweep then waits, once a round: with the 16 rounds of 256 partitions it still ends well within 10 s. */
const pauseMs = 50;

/**
 * Takes the sessions of dead nodes out of the registry, slice by slice; their instances are known to be away then. Any number of nodes may sweep the same one:
 * each begins somewhere else, and a partition that is empty costs one short call.
 */
export class Sweep {
  readonly #connections: Connections;
  readonly #scripts: Scripts;
  readonly #keys: Keys;
  readonly #events: EventWishWords;
  readonly #pushOnlineS: string;
  readonly #log: FaultLog;
  readonly #counters: RegistryCounters;
  #isRunning = false;
  #isClosed = false;

  constructor(parts: SweepParts, log: FaultLog, counters: RegistryCounters) {
    this.#connections = parts.connections;
    this.#scripts = parts.scripts;
    this.#keys = parts.keys;
    this.#events = parts.events;
    this.#pushOnlineS = String(parts.pushOnlineS);
    this.#log = log;
    this.#counters = counters;
  }

  /** Sweeps these nodes one after the other, unless a sweep is running. Never rejects; what fails comes with the next beat. */
  async run(nodeIds: readonly string[]): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (const nodeId of nodeIds) await this.#sweep(nodeId);
    } catch (error) {
      this.#log.warn('a sweep was broken off', { reason: String(error) });
    } finally {
      this.#isRunning = false;
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  async #sweep(nodeId: string): Promise<void> {
    const indexes = this.#keys.nodeIndexes(nodeId);
    const { partitions } = this.#keys;
    const first = Math.floor(Math.random() * partitions);
    let removed = 0;
    let open = Array.from({ length: partitions }, (_, i) => (first + i) % partitions);
    while (open.length > 0) {
      await this.#giveWay();
      const lookedAt = performance.now();
      const isDead = await this.#ask(nodeId, 'look');
      if (!isDead || this.#isClosed) return;
      const batch = open.slice(0, partitionsAtOnce);
      const slices = await Promise.all(
        batch.map((p) => this.#slice(nodeId, p, indexes[p] ?? '', lookedAt + sweepMarginMs)),
      );
      for (const slice of slices) removed += slice.removed;
      open = [...open.slice(partitionsAtOnce), ...batch.filter((_, i) => slices[i]?.isMore)];
    }
    if (!(await this.#ask(nodeId, 'bury'))) return;
    this.#counters.sweptNodes += 1;
    // What it wrote last it may not have told of.
    this.#events.wroteAnywhere();
    this.#log.info({ node: nodeId, sessions: removed }, 'swept a dead node');
  }

  async #giveWay(): Promise<void> {
    const dueAt = performance.now() + 1;
    await delay(1);
    if (performance.now() - dueAt < lateMs) return;
    this.#counters.sweepPauses += 1;
    await delay(pauseMs);
  }

  /** `notAfter` of performance.now(). */
  async #slice(
    nodeId: string,
    partition: number,
    indexKey: string,
    notAfter: number,
  ): Promise<{ removed: number; isMore: boolean }> {
    const reply = await this.#connections.run(
      this.#scripts.sweep,
      indexKey,
      nodeId,
      this.#keys.user(partition, ''),
      String(usersPerSlice),
      // On a Cluster the leases lie on another server: its time means nothing to this one.
      String(this.#connections.clockOf(indexKey).at(notAfter)),
      this.#pushOnlineS,
      this.#keys.channelPrefix,
      this.#events.allWishes,
      this.#keys.eventPrefix(partition),
    );
    const [taken = 0, removed = 0] = reply as readonly number[];
    this.#counters.sweptSessions += removed;
    if (removed > 0) this.#events.wrote(partition);
    return { removed, isMore: taken < 0 || taken === usersPerSlice };
  }

  /** Whether the node is dead. */
  async #ask(nodeId: string, wish: 'look' | 'bury'): Promise<boolean> {
    const { leases, load } = this.#keys;
    const reply = await this.#connections.run(this.#scripts.standing, leases, load, nodeId, wish);
    const [isDead] = reply as readonly [number, string];
    return isDead === 1;
  }
}
