import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { WatchedUser } from './watch-table.ts';

/** Where notifications go: the session whose watches these are. */
export interface Notified {
  notify(frames: readonly SharedFrame[]): void;
}

const windowMs = 5000;

/**
 * What presence keeps of one session: its watches, oldest first, and what it has left of its calls. It is made
 * with the first presence call, and handed on when the session's instance comes back from a lost link.
 */
export class Watcher {
  /** Whom notifications are for; undefined when it is over. */
  session: Notified | undefined;
  readonly users = new Set<WatchedUser>();
  readonly #msPerCall: number;
  /** When the bucket of calls is full again, in monotonic ms. */
  #fullAtMs = 0;

  constructor(session: Notified, maxCalls: number) {
    this.session = session;
    this.#msPerCall = windowMs / maxCalls;
  }

  /**
   * Takes one call out of a bucket that holds those of 5 s and fills evenly (rule PRESENCE-5).
   * @param nowMs monotonic milliseconds
   * @returns 0, or the milliseconds after which there will be one
   */
  takeCall(nowMs: number): number {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#msPerCall;
    const waitMs = Math.ceil(fullAtMs - nowMs - windowMs);
    if (waitMs > 0) return waitMs;
    this.#fullAtMs = fullAtMs;
    return 0;
  }
}
