/** A zlib stream while it is unpacked: where reading and writing stand. */
export interface PackedStream {
  input: Uint8Array;
  /** The next bit to read. It stands past the last one of the input once more was read than there is. */
  bit: number;
  /** Its size bounds the result. */
  output: Uint8Array;
  /** The number of bytes written. */
  at: number;
}

/**
 * The next 17 bits or more, lowest first (RFC 1951, 3.1.1). Past the end they mean nothing; whoever consumes
 * them finds `bit` beyond the end of the input afterwards.
 */
export function peek(input: Uint8Array, bit: number): number {
  const at = bit >> 3;
  const three = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
  return three >> (bit & 7);
}

/** Consumes up to 16 bits. */
export function take(from: PackedStream, count: number): number {
  const bits = peek(from.input, from.bit) & ((1 << count) - 1);
  from.bit += count;
  return bits;
}

/** Consumes half of a 32-bit number, highest byte first; whole it would not be a small integer. */
export function takeHalf(from: PackedStream): number {
  const high = take(from, 8);
  return high * 256 + take(from, 8);
}

export function alignToByte(from: PackedStream): void {
  from.bit = (from.bit + 7) & ~7;
}
