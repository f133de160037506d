/**
 * Numbers by chance that a seed repeats: SplitMix32, a counter behind a mixing function. Good enough to choose users
 * and delays, and small.
 */
export class Random {
  #state: number;

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not with, 1. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[] {
    const mixed = [...things];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
    }
    return mixed;
  }
}

/** The seed of one part of a run: the same part always gets the same one, whatever runs besides. */
export function seedOf(seed: number, part: string): number {
  let hash = seed >>> 0;
  for (const char of part) hash = Math.imul(hash ^ char.charCodeAt(0), 0x0100_0193) >>> 0;
  return hash;
}
