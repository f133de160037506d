/** How many calls without a good key of one address are answered and logged: at a stretch, and again after how long. */
const burst = 20;
const refillMs = 3000;
/** Addresses that are remembered; the first that came goes. */
const mostAddresses = 1024;

/**
 * Calls without a good key, by address (IPv6: one /64). The bound keeps who tries keys from filling the log; a key itself
 * is too long to be guessed at any rate. So a good key is served whatever else comes from its address: else anybody
 * behind the same proxy could lock the operator out.
 */
export class FailedTries {
  readonly #groupOf: (address: string) => string;
  /** When the bucket of each address is full again, in monotonic ms. */
  readonly #fullAtMs = new Map<string, number>();

  /** @param groupOf what of an address counts together */
  constructor(groupOf: (address: string) => string) {
    this.#groupOf = groupOf;
  }

  /** How many addresses are remembered. */
  get addresses(): number {
    return this.#fullAtMs.size;
  }

  /** Counts one more; whether it is within the bound. */
  count(address: string, nowMs: number): boolean {
    const group = this.#groupOf(address);
    const after = Math.max(this.#fullAtMs.get(group) ?? 0, nowMs) + refillMs;
    if (after - nowMs > burst * refillMs) return false;
    // Put anew, so that it is the last to go.
    this.#fullAtMs.delete(group);
    if (this.#fullAtMs.size >= mostAddresses) this.#forgetOne();
    this.#fullAtMs.set(group, after);
    return true;
  }

  #forgetOne(): void {
    for (const group of this.#fullAtMs.keys()) {
      this.#fullAtMs.delete(group);
      return;
    }
  }
}
