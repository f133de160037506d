/** How often something may be done: a bucket of one second's worth that refills evenly. */
export class CallRate {
  readonly #costMs: number;
  /** When the bucket is full again, in monotonic ms. */
  #fullAtMs = 0;

  constructor(callsPerS: number) {
    this.#costMs = 1000 / callsPerS;
  }

  /** Takes one call out of the bucket; false when there is none. */
  take(nowMs: number): boolean {
    const after = Math.max(this.#fullAtMs, nowMs) + this.#costMs;
    // Half a call more, so that rounding never takes the last one away.
    if (after - nowMs > 1000 + this.#costMs / 2) return false;
    this.#fullAtMs = after;
    return true;
  }
}
