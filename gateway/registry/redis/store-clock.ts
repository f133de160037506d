/** After this long an estimate is taken anew, so that two drifting clocks stay together. */
const maxAgeMs = 60_000;

/**
 * An estimate of one server's clock. With it a login carries the moment after which it may not happen any more, so
 * one that waited in a stopped or cut-off Redis cannot evict anybody after its client was told that it failed.
 */
export class StoreClock {
  readonly #askTime: () => Promise<unknown>;
  /** The server's clock minus this process's monotonic one; undefined until it has told a time. */
  #offsetMs: number | undefined;
  #askedAt = -Infinity;

  /** `askTime` sends TIME. */
  constructor(askTime: () => Promise<unknown>) {
    this.#askTime = askTime;
  }

  /** The server's time `aheadMs` from now in whole milliseconds; 0 while there is no estimate. */
  nowPlus(aheadMs: number): number {
    return this.at(performance.now() + aheadMs);
  }

  /** The server's time at a moment of performance.now(), in whole milliseconds; 0 while there is no estimate. */
  at(moment: number): number {
    return this.#offsetMs === undefined ? 0 : Math.ceil(moment + this.#offsetMs);
  }

  /** Takes over a time the server has just told. It is a trip old, so estimates lag, which only shortens a deadline. */
  set(storeMs: number): void {
    this.#offsetMs = storeMs - performance.now();
  }

  /** Asks the server. Rejects when it does not answer. */
  async measure(): Promise<void> {
    // Noted before the answer, so that under a fault one login asks and not each.
    this.#askedAt = performance.now();
    const [seconds, microseconds] = (await this.#askTime()) as readonly [string, string];
    this.set(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000));
  }

  /** Asks the server if the estimate is due to be taken anew. */
  refresh(): void {
    if (performance.now() - this.#askedAt > maxAgeMs) this.measure().catch(() => undefined);
  }
}
