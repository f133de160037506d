import type { EventFeed, Lot, OpenLot, SessionEvent, StoredEvent } from '../registry/events.ts';
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
export const mostAhead = 512;
/** The cursor follows what was told so late at most: one call for many events. */
const commitMs = 50;

/** What one opening of a lot has read, until it ends. */
export class LotRun implements Caller {
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
