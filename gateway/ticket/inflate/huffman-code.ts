const longestCode = 15;

// The 9-bit numbers backwards: codes stand in the stream with their highest bit first.
const mirrored = Uint16Array.from({ length: 512 }, (_, value) => {
  let reversed = 0;
  for (let bit = 0; bit < 9; bit++) reversed |= ((value >> bit) & 1) << (8 - bit);
  return reversed;
});

/** The symbols that a code has codes for, in ascending order, and the length of each one's code (1-15). */
export class CodeLengths {
  readonly symbols = new Uint16Array(288);
  readonly lengths = new Uint8Array(288);
  count = 0;

  add(symbol: number, length: number): void {
    this.symbols[this.count] = symbol;
    this.lengths[this.count] = length;
    this.count++;
  }
}

/**
 * One canonical Huffman code of DEFLATE (RFC 1951, 3.2.2). Codes of up to `quickBits` (at most 9) bits are
 * found in one look; longer, and so rarer ones by counting, bit after bit.
 */
export class HuffmanCode {
  readonly #quickBits: number;
  /** By the next `quickBits` bits: symbol * 16 + length of its code; 0 where no such short code exists. */
  readonly #quick: Uint16Array;
  /** How many symbols have a code of each length. */
  readonly #counts = new Uint16Array(longestCode + 1);
  /** The symbols in the order of their codes. */
  readonly #symbols = new Uint16Array(288);
  /** Working memory of `#sort`: for each length the place of its next symbol. */
  readonly #places = new Uint16Array(longestCode + 1);

  constructor(quickBits: number) {
    this.#quickBits = quickBits;
    this.#quick = new Uint16Array(1 << quickBits);
  }

  /**
   * Takes over the code that has these lengths. False for what zlib refuses too: more codes than there is
   * room for, or gaps between them. Two gaps are legal: no code at all, and a lone one of one bit.
   */
  assign(from: CodeLengths): boolean {
    const counts = this.#counts;
    counts.fill(0);
    for (let i = 0; i < from.count; i++) {
      const length = from.lengths[i] ?? 0;
      counts[length] = (counts[length] ?? 0) + 1;
    }
    if (!this.#fits(from.count)) return false;
    this.#sort(from);
    this.#spread();
    return true;
  }

  /** Finds the code that `next`, the next 15 bits or more, begins with: symbol * 16 + its length, or 0. */
  find(next: number): number {
    const entry = this.#quick[next & (this.#quick.length - 1)] ?? 0;
    return entry === 0 ? this.#findLong(next) : entry;
  }

  #fits(used: number): boolean {
    let free = 1;
    for (let length = 1; length <= longestCode; length++) {
      free = free * 2 - (this.#counts[length] ?? 0);
    }
    const isLone = used === 1 && this.#counts[1] === 1;
    return free === 0 || used === 0 || isLone;
  }

  #sort(from: CodeLengths): void {
    const places = this.#places;
    let place = 0;
    for (let length = 1; length <= longestCode; length++) {
      places[length] = place;
      place += this.#counts[length] ?? 0;
    }
    for (let i = 0; i < from.count; i++) {
      const length = from.lengths[i] ?? 0;
      const at = places[length] ?? 0;
      places[length] = at + 1;
      this.#symbols[at] = from.symbols[i] ?? 0;
    }
  }

  /** Enters every short code wherever the next bits begin with it. */
  #spread(): void {
    const quick = this.#quick;
    quick.fill(0);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= this.#quickBits; length++) {
      for (let left = this.#counts[length] ?? 0; left > 0; left--) {
        const entry = (this.#symbols[place++] ?? 0) * 16 + length;
        const first = (mirrored[code++] ?? 0) >> (9 - length);
        for (let at = first; at < quick.length; at += 1 << length) quick[at] = entry;
      }
      code <<= 1;
    }
  }

  #findLong(next: number): number {
    let code = 0;
    let first = 0;
    let place = 0;
    for (let length = 1; length <= longestCode; length++) {
      code |= (next >> (length - 1)) & 1;
      const count = this.#counts[length] ?? 0;
      if (code - first < count) return (this.#symbols[place + code - first] ?? 0) * 16 + length;
      place += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return 0;
  }
}
