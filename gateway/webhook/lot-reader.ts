import { setTimeout as delay } from 'node:timers/promises';
import type {
  EventBatch,
  EventFeed,
  Lot,
  OpenLot,
  SessionEvent,
  StoredEvent,
} from '../registry/events.ts';
import type { WebhookCounters } from './counters.ts';
import type { Caller, Endpoint } from './endpoint.ts';

/** What a reader works with. */
export interface LotParts {
  readonly feed: EventFeed;
  readonly endpoint: Endpoint;
  readonly counters: WebhookCounters;
}

/** An event that was read. */
interface Read {
  readonly place: string;
  readonly event: SessionEvent | undefined;
  isDone: boolean;
}

/** Events of one lot that are read and not told; beyond, others of the partition wait for the first of them. */
const mostAhead = 512;
const perRead = 64;
/** The cursor follows what was told so late at most: one call for many events. */
const commitMs = 50;
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
  #run: Run | undefined;
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
        this.#run = new Run(open, this.#lot, this.#parts, () => this.news());
        this.#take(this.#run, open);
        return true;
      }
      return await this.#readOn(this.#run);
    } catch {
      // The store is away, and says so in its own log.
      return false;
    }
  }

  async #readOn(run: Run): Promise<boolean> {
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

  #take(run: Run, batch: EventBatch): void {
    if (batch.hasGap) this.#parts.counters.gaps += 1;
    run.take(batch.events);
    if (batch.events.length === 0 || run.ahead >= mostAhead) return;
    if (this.#parts.endpoint.room > 0) this.#isDirty = true;
    else this.#parts.endpoint.whenRoom(this.#goOn);
  }
}

/** What one opening of a lot has read, until it ends. */
class Run implements Caller {
  readonly open: OpenLot;
  readonly #lot: Lot;
  readonly #parts: LotParts;
  readonly #changed: () => void;
  readonly #ahead: Read[] = [];
  readonly #users = new Map<string, Read[]>();
  #active = 0;
  #whenSettled: (() => void)[] = [];
  #commitTimer: NodeJS.Timeout | undefined;
  #committed = '';
  /** All up to here is done; '' = nothing since the opening. */
  done = '';
  /** All up to here was read. */
  after: string;
  isOver = false;

  constructor(open: OpenLot, lot: Lot, parts: LotParts, changed: () => void) {
    this.open = open;
    this.#lot = lot;
    this.#parts = parts;
    this.#changed = changed;
    this.after = open.from;
  }

  /** Events that are read and not behind the cursor-to-be. */
  get ahead(): number {
    return this.#ahead.length;
  }

  mayTell(forMs: number): boolean {
    if (this.isOver) return false;
    return this.#parts.feed.heldUntil(this.#lot.partition) - performance.now() > forMs;
  }

  take(events: readonly StoredEvent[]): void {
    // The share went while they were read: they are another reader's.
    if (this.isOver) return;
    this.#parts.endpoint.count(events.length);
    for (const { place, event } of events) {
      this.after = place;
      const read: Read = { place, event, isDone: event === undefined };
      this.#ahead.push(read);
      if (event !== undefined) this.#enqueue(event.userId, read);
    }
    this.#advance();
  }

  /** The cursor stands behind `done`. */
  committed(done: string): void {
    this.#committed = done;
  }

  /** Begins no attempt any more and forgets what waits. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#commitTimer);
    this.#parts.endpoint.halt(this);
    this.#parts.endpoint.count(-this.#ahead.length);
  }

  /** Resolves when no attempt is on its way. */
  settled(): Promise<void> {
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  #enqueue(userId: string, read: Read): void {
    const queue = this.#users.get(userId);
    if (queue !== undefined) {
      queue.push(read);
      return;
    }
    const own = [read];
    this.#users.set(userId, own);
    void this.#tell(userId, own);
  }

  /** Tells the events of one user, one after the other. */
  async #tell(userId: string, queue: Read[]): Promise<void> {
    this.#active += 1;
    for (let read = queue[0]; read?.event !== undefined; read = queue[0]) {
      const outcome = await this.#parts.endpoint.deliver(read.event, this);
      if (outcome === 'left') {
        this.#lapse();
        break;
      }
      read.isDone = true;
      queue.shift();
      this.#advance();
    }
    this.#users.delete(userId);
    this.#active -= 1;
    if (this.#active > 0) return;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }

  /** The share is lost, or what is left of it too short: the rest is for whoever has it next. */
  #lapse(): void {
    if (this.isOver) return;
    this.end();
    this.#changed();
  }

  #advance(): void {
    let count = 0;
    while (this.#ahead[count]?.isDone === true) count += 1;
    if (count === 0) return;
    const wasFull = this.ahead >= mostAhead;
    const last = this.#ahead.splice(0, count).at(-1);
    this.done = last?.place ?? this.done;
    if (this.isOver) return;
    this.#parts.endpoint.count(-count);
    if (wasFull) this.#changed();
    else this.#commitSoon();
  }

  #commitSoon(): void {
    if (this.#commitTimer !== undefined) return;
    this.#commitTimer = setTimeout(() => {
      this.#commitTimer = undefined;
      if (this.done !== this.#committed) this.#changed();
    }, commitMs);
    this.#commitTimer.unref();
  }
}
