import type { Redis } from 'ioredis';

/** After this long an estimate is taken anew, so that two drifting clocks stay together. */
const maxAgeMs = 60_000;

/**
 * An estimate of Redis's clock. With it a login carries the moment after which it may not happen any more, so one
 * that waited in a stopped or cut-off Redis cannot evict anybody after its client was told that it failed.
 */
export class StoreClock {
  /** Redis's clock minus this process's monotonic one; undefined until Redis has told a time. */
  #offsetMs: number | undefined;
  #askedAt = -Infinity;

  /** Redis's time `aheadMs` from now in whole milliseconds; 0 while there is no estimate. */
  nowPlus(aheadMs: number): number {
    if (this.#offsetMs === undefined) return 0;
    return Math.ceil(performance.now() + this.#offsetMs + aheadMs);
  }

  /** Whether the estimate is due to be taken anew. */
  get isStale(): boolean {
    return performance.now() - this.#askedAt > maxAgeMs;
  }

  /** Takes over a time Redis has just told. It is a trip old, so estimates lag, which only shortens a deadline. */
  set(storeMs: number): void {
    this.#offsetMs = storeMs - performance.now();
  }

  /** Asks Redis. Rejects when it does not answer. */
  async measure(redis: Redis): Promise<void> {
    // Noted before the answer, so that under a fault one login asks and not each.
    this.#askedAt = performance.now();
    const [seconds, microseconds] = await redis.time();
    this.set(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000));
  }
}
