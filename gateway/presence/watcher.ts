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
  readonly #callsPer5S: number;
  #callsLeft: number;
  #countedAtMs: number;

  /** `nowMs` as for `takeCall`. */
  constructor(session: Notified, callsPer5S: number, nowMs: number) {
    this.session = session;
    this.#callsPer5S = callsPer5S;
    this.#callsLeft = callsPer5S;
    this.#countedAtMs = nowMs;
  }

  /**
   * Takes one call out of a bucket that holds those of 5 s and fills evenly (rule PRESENCE-5).
   * @param nowMs monotonic milliseconds
   * @returns 0, or the milliseconds after which there will be one
   */
  takeCall(nowMs: number): number {
    const perMs = this.#callsPer5S / windowMs;
    const filled = this.#callsLeft + (nowMs - this.#countedAtMs) * perMs;
    this.#callsLeft = Math.min(this.#callsPer5S, filled);
    this.#countedAtMs = nowMs;
    if (this.#callsLeft < 1) return Math.ceil((1 - this.#callsLeft) / perMs);
    this.#callsLeft -= 1;
    return 0;
  }
}
