import { deflateSync } from 'node:zlib';
import { limits } from '../../protocol/limits.ts';
import { inflate } from './inflate/inflate.ts';

/** Most bytes a UserSig may unpack to; a real one has about 200, one for a TRTC room about 300. */
const unpackedBytes = 4096;

/** What a UserSig's text holds, or why it holds nothing, in words that go on after "the UserSig ". */
export type UnpackedText =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'damaged'; readonly reason: string };

// Used by one call at a time, from its start to its end.
const letters = Buffer.alloc(limits.userSigLength);
const packed = Buffer.alloc(Math.ceil(limits.userSigLength / 4) * 3);
const unpacked = Buffer.alloc(unpackedBytes);

// Tencent's base64: + / = are written * - _ (which is not the URL-safe alphabet of RFC 4648).
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-';
const padding = '_'.charCodeAt(0);
const sextets = Int8Array.from({ length: 256 }, (_, code) =>
  alphabet.indexOf(String.fromCharCode(code)),
);

/**
 * Takes a UserSig apart: Tencent's base64, zlib, JSON. Strict where decoders are lax, since one ticket in many
 * spellings is a way around lists of revoked ones: only the alphabet itself, only canonical padding, no byte
 * after the zlib stream. Bounded in time and memory whatever the text is.
 */
export function unpackText(userSig: string): UnpackedText {
  if (userSig.length > limits.userSigLength) {
    return damaged(`is longer than ${limits.userSigLength} characters`);
  }
  const packedLength = decode(userSig);
  if (packedLength < 0) return damaged('is not whole base64 of the letters A-Z a-z 0-9 * - _');
  const length = inflate(packed, packedLength, unpacked);
  if (typeof length === 'string') return damaged(`holds a zlib stream that ${length}`);
  try {
    // Latin-1 is enough: a field with other than ASCII in it is refused, whatever it would have read in UTF-8.
    return { kind: 'json', value: JSON.parse(unpacked.toString('latin1', 0, length)) };
  } catch {
    return damaged('does not unpack to JSON');
  }
}

/** Packs JSON as Tencent's Node library does, byte for byte. */
export function packText(json: string): string {
  const base64 = deflateSync(json).toString('base64');
  return base64.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
}

function damaged(reason: string): UnpackedText {
  return { kind: 'damaged', reason };
}

/** Decodes into `packed`; returns the number of bytes, or -1 for text that is not canonical. */
function decode(text: string): number {
  const { length } = text;
  // As bytes, because V8 keeps strings in many forms and would ask at each character which one this is. A
  // character that is more than one byte makes the numbers differ.
  if (length % 4 !== 0 || letters.write(text) !== length) return -1;
  const pads = padsAt(length);
  const whole = pads === 0 ? length : length - 4;
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const bits = sextetsAt(i, 4);
    if (bits < 0) return -1;
    packed[at++] = bits >> 16;
    packed[at++] = bits >> 8;
    packed[at++] = bits;
  }
  if (pads === 0) return at;
  const bits = sextetsAt(whole, 4 - pads) << (pads * 6);
  // Bits that no byte takes up must be zero, or two texts would mean the same bytes.
  if (bits < 0 || (bits & ((1 << (pads * 8)) - 1)) !== 0) return -1;
  packed[at++] = bits >> 16;
  if (pads === 1) packed[at++] = bits >> 8;
  return at;
}

/** How many characters of padding end the text of this length. */
function padsAt(length: number): number {
  if (length === 0 || letters[length - 1] !== padding) return 0;
  return letters[length - 2] === padding ? 2 : 1;
}

/** The bits of `count` letters as one number, negative when one is not of the alphabet. */
function sextetsAt(at: number, count: number): number {
  let bits = 0;
  for (let i = at; i < at + count; i++) bits = (bits << 6) | (sextets[letters[i] ?? 0] ?? -1);
  return bits;
}
