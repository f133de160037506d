import { CodeLengths, HuffmanCode } from './huffman-code.ts';
import { peek, take, type PackedStream } from './packed-stream.ts';

// RFC 1951, 3.2.7: the order in which the lengths of the code-length code stand.
const lengthOrder = new Uint8Array([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** The codes of the dynamic block that `readCodes` has read last; one block is unpacked at a time. */
export const dynamicLiterals = new HuffmanCode(8);
export const dynamicDistances = new HuffmanCode(5);

const lengthCode = new HuffmanCode(7);
const literalLengths = new CodeLengths();
const distanceLengths = new CodeLengths();
const lengthLengths = new CodeLengths();
const threeBits = new Uint8Array(19);

/** Reads the two codes of a dynamic block (RFC 1951, 3.2.7); false when zlib would not take them either. */
export function readCodes(from: PackedStream): boolean {
  const literalCount = take(from, 5) + 257;
  const distanceCount = take(from, 5) + 1;
  const orderCount = take(from, 4) + 4;
  if (literalCount > 286 || distanceCount > 30) return false;
  return (
    readLengthCode(from, orderCount) &&
    readLengths(from, literalCount, distanceCount) &&
    dynamicLiterals.assign(literalLengths) &&
    dynamicDistances.assign(distanceLengths)
  );
}

/** Reads the code in which the lengths of the other two are written. */
function readLengthCode(from: PackedStream, orderCount: number): boolean {
  threeBits.fill(0);
  for (let i = 0; i < orderCount; i++) threeBits[lengthOrder[i] ?? 0] = take(from, 3);
  lengthLengths.count = 0;
  for (let symbol = 0; symbol < threeBits.length; symbol++) {
    const length = threeBits[symbol] ?? 0;
    if (length > 0) lengthLengths.add(symbol, length);
  }
  return lengthCode.assign(lengthLengths);
}

/** Reads the lengths of both codes, which stand in one row: a repetition may run from one into the other. */
function readLengths(from: PackedStream, literalCount: number, distanceCount: number): boolean {
  const total = literalCount + distanceCount;
  literalLengths.count = 0;
  distanceLengths.count = 0;
  let at = 0;
  let length = -1;
  while (at < total) {
    const found = lengthCode.find(peek(from.input, from.bit));
    if (found === 0) return false;
    from.bit += found & 15;
    const symbol = found >> 4;
    const times = symbol < 16 ? 1 : takeTimes(from, symbol);
    if (symbol !== 16) length = symbol < 16 ? symbol : 0;
    if (length < 0 || at + times > total) return false;
    if (length > 0) addLengths(at, at + times, length, literalCount);
    at += times;
  }
  return true;
}

function takeTimes(from: PackedStream, symbol: number): number {
  if (symbol === 16) return 3 + take(from, 2);
  return symbol === 17 ? 3 + take(from, 3) : 11 + take(from, 7);
}

function addLengths(start: number, stop: number, length: number, literalCount: number): void {
  for (let at = start; at < stop; at++) {
    if (at < literalCount) literalLengths.add(at, length);
    else distanceLengths.add(at - literalCount, length);
  }
}
