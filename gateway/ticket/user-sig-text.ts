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
const packed = Buffer.alloc(Math.ceil(limits.userSigLength / 4) * 3);
const unpacked = Buffer.alloc(unpackedBytes);

// Tencent's base64: + / = are written * - _ (which is not the URL-safe alphabet of RFC 4648).
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-';
const sextets = Int8Array.from({ length: 128 }, (_, code) =>
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
  if (text.length % 4 !== 0) return -1;
  const padding = text.endsWith('__') ? 2 : text.endsWith('_') ? 1 : 0;
  const whole = padding === 0 ? text.length : text.length - 4;
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const bits = sextetsAt(text, i, 4);
    if (bits < 0) return -1;
    packed[at++] = bits >> 16;
    packed[at++] = bits >> 8;
    packed[at++] = bits;
  }
  if (padding === 0) return at;
  const bits = sextetsAt(text, whole, 4 - padding) << (padding * 6);
  // Bits that no byte takes up must be zero, or two texts would mean the same bytes.
  if (bits < 0 || (bits & ((1 << (padding * 8)) - 1)) !== 0) return -1;
  packed[at++] = bits >> 16;
  if (padding === 1) packed[at++] = bits >> 8;
  return at;
}

/** The bits of `count` characters as one number, negative when one is not of the alphabet. */
function sextetsAt(text: string, at: number, count: number): number {
  let bits = 0;
  for (let i = at; i < at + count; i++) bits = (bits << 6) | (sextets[text.charCodeAt(i)] ?? -1);
  return bits;
}
