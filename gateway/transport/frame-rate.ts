/** What `FrameRate.spend` gives back for a frame too many. */
export const overspent = Infinity;

/**
 * How fast a client may send. Each connection has a bucket of frames that refills evenly. It is kept as one number,
 * the monotonic ms at which the bucket is full again: a connection that says nothing needs no timer and no more memory.
 */
export class FrameRate {
  readonly #costMs: number;
  readonly #creditMs: number;

  /**
   * @param framesPerS how fast the bucket refills
   * @param burst how many frames it holds
   */
  constructor(framesPerS: number, burst: number) {
    this.#costMs = 1000 / framesPerS;
    // Half a frame more, so that rounding never takes the last one away.
    this.#creditMs = (burst + 0.5) * this.#costMs;
  }

  /**
   * Takes one frame out of a bucket.
   * @param fullAtMs the bucket, as the last call gave it back; 0 is a full one
   * @returns the bucket after it, or `overspent` when it was empty
   */
  spend(fullAtMs: number, nowMs: number): number {
    const after = Math.max(fullAtMs, nowMs) + this.#costMs;
    return after - nowMs > this.#creditMs ? overspent : after;
  }
}
