import { setTimeout as delay } from 'node:timers/promises';
import type { EventBatch, Lot } from '../registry/events.ts';
import { LotRun, mostAhead, type LotParts } from './lot-run.ts';

const perRead = 64;
const firstRetryMs = 500;
const longestRetryMs = 10_000;

/**
 * Reads one lot in order and hands its events to the endpoint: those of one user one after the other, users side by side.
 * The cursor stays before the first event that is not done, so that whoever reads next begins there. What is read belongs
 * to one run; a run ends when the share is lost, and its events are forgotten, for another reader has them.
 */
export class LotReader {
  readonly #lot: Lot;
  readonly #parts: LotParts;
  #run: LotRun | undefined;
  #isBusy = false;
  #retryMs = firstRetryMs;
  #isDirty = false;
  #isClosed = false;
  readonly #goOn = (): void => this.news();

  constructor(lot: Lot, parts: LotParts) {
    this.#lot = lot;
    this.#parts = parts;
  }

  /** There may be something to read. */
  news(): void {
    this.#isDirty = true;
    if (!this.#isBusy) void this.#work();
  }

  /** Tells nobody any more; resolves when what was on its way has arrived and the cursor is behind it. Never rejects. */
  async release(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    run.end();
    await run.settled();
    const { done } = run;
    if (done !== '') await run.open.read(done, done, 1).catch(() => undefined);
    if (this.#run === run) this.#run = undefined;
  }

  /** As release, and for good. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.release();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#isDirty && !this.#isClosed) {
        this.#isDirty = false;
        if (await this.#step()) this.#retryMs = firstRetryMs;
        else await this.#later();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** After a fault of the store, or without enough of a lease: not at once. */
  async #later(): Promise<void> {
    const { feed } = this.#parts;
    await delay(this.#retryMs, undefined, { ref: false });
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
    // Without a share there is nothing to do: whoever gets it is told of news.
    if (feed.heldUntil(this.#lot.partition) > performance.now()) this.#isDirty = true;
  }

  /** Reads once. False: to be tried again later. */
  async #step(): Promise<boolean> {
    const { feed, endpoint } = this.#parts;
    // With less than a call may take nothing could be told of what is read.
    const leftMs = feed.heldUntil(this.#lot.partition) - performance.now();
    if (leftMs <= endpoint.timeoutMs) return false;
    if (this.#run?.isOver === true) this.#run = undefined;
    try {
      if (this.#run === undefined) {
        const open = await feed.open(this.#lot, Math.max(1, Math.min(perRead, endpoint.room)));
        this.#run = new LotRun(open, this.#lot, this.#parts, () => this.news());
        this.#take(this.#run, open);
        return true;
      }
      return await this.#readOn(this.#run);
    } catch {
      // The store is away, and says so in its own log.
      return false;
    }
  }

  async #readOn(run: LotRun): Promise<boolean> {
    const room = Math.min(perRead, this.#parts.endpoint.room, mostAhead - run.ahead);
    const { done } = run;
    const batch = await run.open.read(done, run.after, Math.max(1, room));
    if (batch === undefined) {
      // Somebody else has opened the lot, or set it back.
      run.end();
      this.#isDirty = true;
      return true;
    }
    run.committed(done);
    // One who may take nothing has only moved the cursor.
    if (room > 0) this.#take(run, batch);
    else if (batch.events.length > 0) this.#parts.endpoint.whenRoom(this.#goOn);
    return true;
  }

  #take(run: LotRun, batch: EventBatch): void {
    if (batch.hasGap) this.#parts.counters.gaps += 1;
    run.take(batch.events);
    if (batch.events.length === 0 || run.ahead >= mostAhead) return;
    if (this.#parts.endpoint.room > 0) this.#isDirty = true;
    else this.#parts.endpoint.whenRoom(this.#goOn);
  }
}
