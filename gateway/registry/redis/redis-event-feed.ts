import type { EventFeed, FeedListener, Lot, OpenLot, StoredEvent } from '../events.ts';
import { EventShares } from './event-shares.ts';
import type { EventWishWords } from './event-wish-words.ts';
import type { FaultLog } from './fault-log.ts';
import { FeedCalls, type FeedCallParts } from './feed-calls.ts';

/** What a feed is made of. */
export interface FeedParts extends FeedCallParts {
  readonly events: EventWishWords;
  readonly log: FaultLog;
  readonly leaseMs: number;
}

/** News of so long leave together. */
const gatherMs = 10;
/** In how long every partition is looked at once although nobody said that there is something: no word is sure to arrive. */
const lapMs = 300_000;

/**
 * The events in Redis, for the node that tells of them. Nobody polls: a node that has written tells the one that reads,
 * once for all it wrote in some milliseconds. What gets lost on the way is found when the share changes hands, when a
 * subscription is renewed, when a dead node was swept, and by a slow lap.
 */
export class RedisEventFeed implements EventFeed {
  readonly partitions: number;
  readonly apps: readonly number[];
  readonly #nodeId: string;
  readonly #calls: FeedCalls;
  readonly #shares: EventShares;
  readonly #isOn: boolean;
  readonly #log: FaultLog;
  readonly #written = new Set<number>();
  /** Whom this node has told since its last look at the shares. */
  readonly #told = new Map<number, string>();
  #listener: FeedListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lapAt = 0;

  constructor(parts: FeedParts, nodeId: string) {
    const { keys, events, log, leaseMs } = parts;
    this.partitions = keys.partitions;
    this.apps = events.apps;
    this.#nodeId = nodeId;
    this.#calls = new FeedCalls(parts, nodeId);
    this.#shares = new EventShares(
      this.#calls,
      { partitions: keys.partitions, leaseMs },
      nodeId,
      log,
    );
    this.#shares.onBeat = () => this.#afterBeat();
    this.#isOn = events.isOn;
    this.#log = log;
    events.onWritten = (partition) => this.#wrote(partition);
  }

  /** Begins to learn who reads what; without events nothing is ever asked. */
  start(): void {
    if (this.#isOn) this.#shares.start();
  }

  join(listener: FeedListener): void {
    this.#listener = listener;
    this.#shares.join(listener);
  }

  heldUntil(partition: number): number {
    return this.#shares.heldUntil(partition);
  }

  open(lot: Lot, count: number): Promise<OpenLot> {
    return this.#calls.open(lot, count);
  }

  history(lot: Lot, after: string, count: number): Promise<readonly StoredEvent[]> {
    return this.#calls.history(lot, after, count);
  }

  async rewind(lot: Lot, sinceMs: number): Promise<void> {
    await this.#calls.rewind(lot, sinceMs);
    this.#wrote(lot.partition);
  }

  async leave(): Promise<void> {
    this.#listener = undefined;
    await this.#shares.leave();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#shares.close();
  }

  /** Another node says that there may be news. */
  heardNews(partitions: readonly number[]): void {
    const now = performance.now();
    for (const partition of partitions) {
      if (this.heldUntil(partition) > now) this.#listener?.news(partition);
      // It is another node's by now; which one this node knows after its next beat.
      else this.#written.add(partition);
    }
  }

  /** Words of others may have been lost. */
  mayHaveMissed(): void {
    if (this.#listener !== undefined) this.heardNews(this.#shares.own());
  }

  #wrote(partition: number | 'all'): void {
    if (partition !== 'all') this.#written.add(partition);
    else for (let p = 0; p < this.partitions; p += 1) this.#written.add(p);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#tell(), gatherMs);
    this.#timer.unref();
  }

  /** Tells of what was written whoever reads it; who takes a share looks at all of it. */
  async #tell(): Promise<void> {
    this.#timer = undefined;
    const byOwner = new Map<string, number[]>();
    const written = [...this.#written];
    this.#written.clear();
    for (const partition of written) {
      const owner = this.#shares.ownerOf(partition);
      if (owner === undefined) {
        this.#written.add(partition);
        continue;
      }
      this.#told.set(partition, owner);
      const theirs = byOwner.get(owner);
      if (theirs === undefined) byOwner.set(owner, [partition]);
      else theirs.push(partition);
    }
    for (const [owner, partitions] of byOwner) {
      if (owner === this.#nodeId) this.heardNews(partitions);
      else if (owner !== '*') await this.#tellOther(owner, partitions);
    }
  }

  async #tellOther(owner: string, partitions: readonly number[]): Promise<void> {
    try {
      await this.#calls.tellNews(owner, partitions);
    } catch (error) {
      this.#log.warn('a node could not be told of new events', { reason: String(error) });
      for (const partition of partitions) this.#written.add(partition);
    }
  }

  #afterBeat(): void {
    // Who has taken a share since the beat before may have looked at it before the event was there.
    for (const [partition, owner] of this.#told) {
      if (this.#shares.ownerOf(partition) !== owner) this.#written.add(partition);
    }
    this.#told.clear();
    if (this.#written.size > 0) void this.#tell();
    const each = (this.partitions * this.#shares.beatMs) / lapMs;
    const first = Math.floor(this.#lapAt);
    this.#lapAt += each;
    for (let i = first; i < Math.floor(this.#lapAt); i += 1) {
      const partition = i % this.partitions;
      if (this.heldUntil(partition) > performance.now()) this.#listener?.news(partition);
    }
  }
}
