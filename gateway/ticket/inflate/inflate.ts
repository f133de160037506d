import { dynamicDistances, dynamicLiterals, readCodes } from './dynamic-codes.ts';
import { CodeLengths, HuffmanCode } from './huffman-code.ts';
import { alignToByte, peek, take, takeHalf, type PackedStream } from './packed-stream.ts';

/** Why bytes are not one whole zlib stream, in words that end the sentence "the zlib stream ...". */
export type InflateFault =
  | 'has no valid header'
  | 'is cut off'
  | 'is damaged'
  | 'unpacks to more than is allowed'
  | 'has a wrong checksum'
  | 'is followed by further bytes';

// RFC 1951, 3.2.5: symbols 257-285 stand for a length, 0-29 for a distance; base value and extra bits of each.
const lengthBases = new Uint16Array([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]);
const lengthExtras = new Uint8Array([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBases = new Uint16Array([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
]);
const distanceExtras = new Uint8Array([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
// RFC 1951, 3.2.6.
const fixedLiterals = fixedCode(9, 288, (symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
);
const fixedDistances = fixedCode(5, 32, () => 5);

// A call runs to its end before the next one begins, so one object serves all.
const stream: PackedStream = { input: new Uint8Array(0), bit: 0, output: new Uint8Array(0), at: 0 };

/**
 * Unpacks one zlib stream (RFC 1950) that fills `input` from 0 to `inputLength` exactly, into `output`,
 * whose size bounds the result. Returns the number of bytes written, or why there is none. Accepts what
 * zlib accepts, except bytes after the stream. It is here because `zlib.inflateSync` makes a native stream
 * for each call, which for a ticket costs more than the unpacking itself (bench/ticket.ts).
 */
export function inflate(
  input: Uint8Array,
  inputLength: number,
  output: Uint8Array,
): number | InflateFault {
  stream.input = input;
  stream.bit = 0;
  stream.output = output;
  stream.at = 0;
  const header = takeHalf(stream);
  // Method 8, a window of at most 32 KiB, no preset dictionary; the whole a multiple of 31.
  if ((header & 0x8f20) !== 0x0800 || header % 31 !== 0) return 'has no valid header';
  const endBit = inputLength * 8;
  const fault = inflateBlocks(stream);
  if (stream.bit > endBit) return 'is cut off';
  if (fault !== undefined) return fault;
  alignToByte(stream);
  const high = takeHalf(stream);
  const low = takeHalf(stream);
  if (stream.bit > endBit) return 'is cut off';
  if (stream.bit < endBit) return 'is followed by further bytes';
  return isAdler32(stream, high, low) ? stream.at : 'has a wrong checksum';
}

function fixedCode(quickBits: number, size: number, lengthOf: (symbol: number) => number) {
  const lengths = new CodeLengths();
  for (let symbol = 0; symbol < size; symbol++) lengths.add(symbol, lengthOf(symbol));
  const code = new HuffmanCode(quickBits);
  code.assign(lengths);
  return code;
}

/** Ends past the end of the input too: where its memory ends, there are zeros, and they are no block. */
function inflateBlocks(from: PackedStream): InflateFault | undefined {
  let fault: InflateFault | undefined;
  let isLast = false;
  while (!isLast && fault === undefined) {
    isLast = take(from, 1) === 1;
    const type = take(from, 2);
    if (type === 0) fault = inflateStored(from);
    else if (type === 1) fault = inflateCompressed(from, fixedLiterals, fixedDistances);
    else if (type === 2 && readCodes(from))
      fault = inflateCompressed(from, dynamicLiterals, dynamicDistances);
    else fault = 'is damaged';
  }
  return fault;
}

/** RFC 1951, 3.2.4. */
function inflateStored(from: PackedStream): InflateFault | undefined {
  alignToByte(from);
  const length = take(from, 16);
  if ((take(from, 16) ^ length) !== 0xffff) return 'is damaged';
  const { input, output, at } = from;
  if (at + length > output.length) return 'unpacks to more than is allowed';
  const start = from.bit >> 3;
  for (let i = 0; i < length; i++) output[at + i] = input[start + i] ?? 0;
  from.bit += length * 8;
  from.at += length;
  return undefined;
}

/** RFC 1951, 3.2.3. Ends past the end too: each symbol writes, ends the block or is a fault. */
function inflateCompressed(
  from: PackedStream,
  literalCode: HuffmanCode,
  distanceCode: HuffmanCode,
): InflateFault | undefined {
  const { input, output } = from;
  // In local variables for the run of literals, most of a ticket; the stream's own follow at each stop.
  let { bit, at } = from;
  for (;;) {
    const found = literalCode.find(peek(input, bit));
    const symbol = found >> 4;
    bit += found & 15;
    if (symbol < 256 && found !== 0 && at < output.length) {
      output[at++] = symbol;
      continue;
    }
    from.bit = bit;
    from.at = at;
    if (symbol === 256) return undefined;
    if (found === 0 || symbol > 285) return 'is damaged';
    const fault =
      symbol < 256 ? 'unpacks to more than is allowed' : copyMatch(from, symbol, distanceCode);
    if (fault !== undefined) return fault;
    ({ bit, at } = from);
  }
}

/** Repeats bytes already written: `symbol` tells how many, the next code how far back. */
function copyMatch(
  from: PackedStream,
  symbol: number,
  distanceCode: HuffmanCode,
): InflateFault | undefined {
  const { input, output } = from;
  const length = (lengthBases[symbol - 257] ?? 0) + take(from, lengthExtras[symbol - 257] ?? 0);
  const found = distanceCode.find(peek(input, from.bit));
  from.bit += found & 15;
  const far = found >> 4;
  if (found === 0 || far > 29) return 'is damaged';
  const distance = (distanceBases[far] ?? 0) + take(from, distanceExtras[far] ?? 0);
  if (distance > from.at) return 'is damaged';
  const stop = from.at + length;
  if (stop > output.length) return 'unpacks to more than is allowed';
  // Byte after byte on purpose: a distance shorter than the length repeats what was just written.
  for (let at = from.at; at < stop; at++) output[at] = output[at - distance] ?? 0;
  from.at = stop;
  return undefined;
}

/** RFC 1950, 8.2, in parts so short that the sums stay small integers. */
function isAdler32(from: PackedStream, high: number, low: number): boolean {
  const { output } = from;
  let a = 1;
  let b = 0;
  for (let start = 0; start < from.at; start += 2048) {
    const stop = Math.min(start + 2048, from.at);
    for (let at = start; at < stop; at++) {
      a += output[at] ?? 0;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return a === low && b === high;
}
