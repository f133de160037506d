import type { TicketFacts } from '../login.ts';
import type { Ending, SessionRef } from '../session-record.ts';

/** An update that the store has not confirmed and that must still be made. */
export interface OwedUpdate {
  readonly session: SessionRef;
  /** How the session has ended and is to be removed; or its new ticket. */
  readonly change: Ending | TicketFacts;
  /** Not before this time of `performance.now()`: until then an unconfirmed login may still happen. */
  readonly notBefore: number;
}

/** What an attempt came to: over (done, or nothing left to do), or to be tried again. */
export type Attempt = 'over' | 'again';

const capacity = 65_536;
const pauseMs = 250;
const batch = 64;

/**
 * Updates whose outcome is unknown, made again until the store confirms them: removals of sessions that ended or
 * were given up while Redis was away, and renewals. All are compare-and-do, so a late one harms no successor.
 * Bounded: beyond the capacity the oldest is given up, and the record waits for the end of its ticket.
 */
export class OwedUpdates {
  readonly #attempt: (update: OwedUpdate) => Promise<Attempt>;
  readonly #lost: () => void;
  readonly #updates = new Map<string, OwedUpdate>();
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isClosed = false;

  /** `lost` hears of each update that is given up. */
  constructor(attempt: (update: OwedUpdate) => Promise<Attempt>, lost: () => void) {
    this.#attempt = attempt;
    this.#lost = lost;
  }

  get size(): number {
    return this.#updates.size;
  }

  /** Owes an update; of one session only the last counts, and nothing follows a removal. */
  add(update: OwedUpdate): void {
    const { sessionId } = update.session;
    const earlier = this.#updates.get(sessionId);
    if (earlier !== undefined && typeof earlier.change === 'string') return;
    this.#updates.set(sessionId, update);
    if (this.#updates.size > capacity) this.#dropOldest();
    this.#schedule();
  }

  /** The session is wanted again: whatever was owed for it is void. */
  forgive(sessionId: string): void {
    this.#updates.delete(sessionId);
  }

  /** A newer renewal is about to be made: an owed one must not come after it. A removal stays owed. */
  forgiveRenewal(sessionId: string): void {
    if (typeof this.#updates.get(sessionId)?.change === 'object') this.#updates.delete(sessionId);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #dropOldest(): void {
    for (const sessionId of this.#updates.keys()) {
      this.#updates.delete(sessionId);
      this.#lost();
      return;
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isRunning || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, pauseMs).unref();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (!this.#isClosed && (await this.#runBatch()));
    } finally {
      this.#isRunning = false;
    }
    if (this.#updates.size > 0) this.#schedule();
  }

  /** Makes some updates; false when there is nothing left to do now or the store is still away. */
  async #runBatch(): Promise<boolean> {
    const now = performance.now();
    const due: OwedUpdate[] = [];
    for (const update of this.#updates.values()) {
      if (update.notBefore <= now) due.push(update);
      if (due.length === batch) break;
    }
    const attempts = await Promise.all(due.map((update) => this.#make(update)));
    return attempts.length > 0 && attempts.every((attempt) => attempt === 'over');
  }

  async #make(update: OwedUpdate): Promise<Attempt> {
    const attempt = await this.#attempt(update);
    const { sessionId } = update.session;
    // Another update may have taken its place meanwhile; that one is still owed.
    if (this.#updates.get(sessionId) !== update) return attempt;
    this.#updates.delete(sessionId);
    // To the end, so that some that never succeed do not keep the others from their turn.
    if (attempt === 'again') this.#updates.set(sessionId, update);
    return attempt;
  }
}
