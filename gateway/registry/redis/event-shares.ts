import type { FeedListener } from '../events.ts';
import type { FaultLog } from './fault-log.ts';
import type { FeedCalls } from './feed-calls.ts';

/** How the telling of events is shared out. */
export interface ShareSettings {
  readonly partitions: number;
  /** How long a node's shares stay its own without a sign of it. */
  readonly leaseMs: number;
}

const mostSlices = 16;

/**
 * Which node tells of which partitions. Four times a lease this node prolongs its slices and takes free ones; of those
 * beyond its part it lets go, after what is on its way has arrived. A node that does not take part only learns who does.
 */
export class EventShares {
  readonly #calls: FeedCalls;
  readonly #settings: ShareSettings;
  readonly #nodeId: string;
  readonly #log: FaultLog;
  readonly #slices: number;
  #listener: FeedListener | undefined;
  #owners: readonly string[] = [];
  /** By slice, of performance.now(): counted from before the call, so never later than what Redis holds. */
  readonly #heldUntil = new Map<number, number>();
  readonly #leaving = new Set<number>();
  readonly #givenBack = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isClosed = false;
  /** Called after each beat that Redis has answered. */
  onBeat: () => void = () => undefined;

  constructor(calls: FeedCalls, settings: ShareSettings, nodeId: string, log: FaultLog) {
    this.#calls = calls;
    this.#settings = settings;
    this.#nodeId = nodeId;
    this.#log = log;
    this.#slices = Math.min(settings.partitions, mostSlices);
  }

  get beatMs(): number {
    return this.#settings.leaseMs / 4;
  }

  /** Begins to look who has what. */
  start(): void {
    void this.#turn();
  }

  /** Takes part from now on. */
  join(listener: FeedListener): void {
    this.#listener = listener;
    if (this.#timer !== undefined) void this.#turn();
  }

  /** Until when this node alone tells of the partition, of performance.now(); -Infinity: it does not. */
  heldUntil(partition: number): number {
    const slice = partition % this.#slices;
    if (this.#leaving.has(slice)) return -Infinity;
    return this.#heldUntil.get(slice) ?? -Infinity;
  }

  /** The node that tells of the partition, as far as is known; "*": nobody. Undefined before the first beat. */
  ownerOf(partition: number): string | undefined {
    return this.#owners[partition % this.#slices];
  }

  /** The partitions this node tells of. */
  own(): number[] {
    const all = Array.from({ length: this.#settings.partitions }, (_, partition) => partition);
    return all.filter((partition) => this.heldUntil(partition) > performance.now());
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#heldUntil.clear();
  }

  /** Gives everything back at once. Never rejects: otherwise the lease runs out. */
  async leave(): Promise<void> {
    this.close();
    this.#listener = undefined;
    await this.#ask('leave').catch(() => undefined);
  }

  #ask(wish: 'take' | 'look' | 'leave'): ReturnType<FeedCalls['shares']> {
    const { leaseMs } = this.#settings;
    return this.#calls.shares(wish, { leaseMs, slices: this.#slices }, [...this.#givenBack]);
  }

  async #turn(): Promise<void> {
    if (this.#isBeating || this.#isClosed) return;
    this.#isBeating = true;
    clearTimeout(this.#timer);
    try {
      await this.#beat();
    } catch (error) {
      this.#log.warn('the shares of events could not be prolonged', { reason: String(error) });
    } finally {
      this.#isBeating = false;
    }
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#turn(), this.beatMs);
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now();
    const givenBack = [...this.#givenBack];
    const { quota, owners } = await this.#ask(this.#listener === undefined ? 'look' : 'take');
    if (this.#isClosed) return;
    this.#owners = owners;
    for (const slice of givenBack) this.#givenBack.delete(slice);
    const fresh: number[] = [];
    for (let slice = 0; slice < this.#slices; slice += 1) {
      // Given back while this beat was on its way: the next one says so.
      const isOwn = owners[slice] === this.#nodeId && !this.#givenBack.has(slice);
      if (!isOwn) this.#heldUntil.delete(slice);
      else if (this.#prolong(slice, sentAt)) fresh.push(slice);
    }
    for (const slice of fresh) for (const p of this.#partitionsOf(slice)) this.#listener?.news(p);
    this.#letGo(quota);
    this.onBeat();
  }

  /** Whether it was not held until now, or had lapsed. */
  #prolong(slice: number, sentAt: number): boolean {
    const isFresh = (this.#heldUntil.get(slice) ?? -Infinity) < performance.now();
    this.#heldUntil.set(slice, sentAt + this.#settings.leaseMs);
    return isFresh;
  }

  #letGo(quota: number): void {
    const kept = [...this.#heldUntil.keys()].filter((slice) => !this.#leaving.has(slice));
    for (const slice of kept.slice(quota)) {
      this.#leaving.add(slice);
      void this.#giveBack(slice, this.#listener);
    }
  }

  async #giveBack(slice: number, listener: FeedListener | undefined): Promise<void> {
    await Promise.all(this.#partitionsOf(slice).map(async (p) => listener?.release(p)));
    this.#leaving.delete(slice);
    this.#heldUntil.delete(slice);
    this.#givenBack.add(slice);
  }

  #partitionsOf(slice: number): number[] {
    const all: number[] = [];
    for (let p = slice; p < this.#settings.partitions; p += this.#slices) all.push(p);
    return all;
  }
}
