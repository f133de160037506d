import type { UserStatus } from '../registry/status.ts';
import type { WatchedUser } from './watch-table.ts';

/** Time for the nodes to put their sessions back into a registry that was emptied. */
const patienceMs = 4000;
const perCall = 100;

/** What doubts ask and tell. */
export interface DoubtCalls {
  ask(users: readonly WatchedUser[]): Promise<readonly UserStatus[]>;
  /** The answer to the second question, to be believed. */
  believe(status: UserStatus): void;
}

/**
 * Users of whom the registry suddenly knows nothing. An emptied registry is not a crowd of logouts: each is asked for
 * again after some seconds, and that answer is believed. One timer for all.
 */
export class Doubts {
  readonly #calls: DoubtCalls;
  /** With the time to ask, in ms of `performance.now()`; the first is due first. */
  readonly #users = new Map<WatchedUser, number>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(calls: DoubtCalls) {
    this.#calls = calls;
  }

  get size(): number {
    return this.#users.size;
  }

  add(user: WatchedUser): void {
    if (this.#users.has(user)) return;
    this.#users.set(user, performance.now() + patienceMs);
    this.#schedule(patienceMs);
  }

  /** The registry knows of the user again. */
  clear(user: WatchedUser): void {
    if (this.#users.size > 0) this.#users.delete(user);
  }

  close(): void {
    this.#isClosed = true;
    this.#users.clear();
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#round(), delayMs);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    const nowMs = performance.now();
    const due: WatchedUser[] = [];
    for (const [user, atMs] of this.#users) {
      if (atMs > nowMs || due.length === perCall) break;
      this.#users.delete(user);
      if (user.isWatched) due.push(user);
    }
    try {
      if (due.length > 0) for (const status of await this.#calls.ask(due)) this.#believe(status);
    } catch {
      // The registry is away: what was known stays, and is doubted again.
      for (const user of due) this.#users.set(user, performance.now() + patienceMs);
    }
    this.#timer = undefined;
    for (const atMs of this.#users.values()) return this.#schedule(atMs - performance.now());
  }

  #believe(status: UserStatus): void {
    if (!this.#isClosed) this.#calls.believe(status);
  }
}
