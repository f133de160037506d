import {
  constants,
  deflateRawSync,
  deflateSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../gateway/ticket/inflate/inflate.ts';
import { goodFields, sign } from './official.ts';

const limit = 4096;
const output = new Uint8Array(limit);
const structural = ['is cut off', 'is damaged', 'unpacks to more than is allowed'];

/** What zlib makes of exactly these bytes; undefined when it refuses them or leaves some over. */
function reference(
  bytes: Uint8Array,
  unpack: typeof inflateSync = inflateSync,
): { readonly bytes: Buffer; readonly consumed: number } | undefined {
  try {
    // The types leave out what `info` changes.
    const { buffer, engine } = unpack(bytes, { info: true, maxOutputLength: limit }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

/** What we make of them: the unpacked bytes, or the fault. */
function ours(bytes: Uint8Array): Buffer | string {
  // Stands in a larger, dirty piece of memory, as it does in the gateway.
  const memory = new Uint8Array(bytes.length + 64).fill(0xa5);
  memory.set(bytes);
  const length = inflate(memory, bytes.length, output);
  return typeof length === 'number' ? Buffer.from(output.subarray(0, length)) : length;
}

function expectAgreement(bytes: Uint8Array): void {
  const theirs = reference(bytes);
  if (theirs !== undefined && theirs.consumed === bytes.length) {
    expect(ours(bytes)).toEqual(theirs.bytes);
  } else {
    expect(ours(bytes)).toBeTypeOf('string');
  }
}

/**
 * Compares without the checksum, which would refuse nearly every mutant for both: a body that zlib takes gets
 * the checksum it needs and must give the same bytes; one it refuses must be refused for its structure.
 */
function expectSameStructure(body: Uint8Array): void {
  const theirs = reference(body, inflateRawSync);
  if (theirs === undefined) {
    expect(structural).toContain(ours(Buffer.concat([Buffer.of(0x78, 0x9c), body])));
    return;
  }
  const checksum = deflateSync(theirs.bytes).subarray(-4);
  const whole = [Buffer.of(0x78, 0x9c), body.subarray(0, theirs.consumed), checksum];
  expect(ours(Buffer.concat(whole))).toEqual(theirs.bytes);
}

const ticketLike = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/), fc.nat(), fc.option(fc.base64String()))
  .map(([userId, expireS, userBuf]) =>
    Buffer.from(
      JSON.stringify(
        sign({
          ...goodFields,
          'TLS.identifier': userId,
          'TLS.expire': expireS,
          ...(userBuf === null ? {} : { 'TLS.userbuf': userBuf }),
        }),
      ),
    ),
  );

const repetitive = fc
  .array(
    fc.tuple(
      fc.uint8Array({ minLength: 1, maxLength: 20, size: 'max' }),
      fc.integer({ min: 1, max: 60 }),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array(times).fill(bytes))));

const contents = fc.oneof(ticketLike, repetitive, fc.uint8Array({ maxLength: 700, size: 'max' }));

const packings: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
});

const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });

function flipped(bytes: Uint8Array, bits: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const bit of bits) {
    const at = (bit >> 3) % copy.length;
    copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  }
  return copy;
}

/**
 * A block whose two Huffman codes have these lengths, whether or not they make sense, and then `data`. With
 * `repeats` the first three lengths are written as "the one before, three times".
 */
function dynamicBlock(
  lengths: { readonly literals: readonly number[]; readonly distances: readonly number[] },
  data: Uint8Array,
  repeats = false,
): Buffer {
  const { literals, distances } = lengths;
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) bits.push((value >> bit) & 1);
  };
  const putCode = (code: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) put(code >> bit, 1);
  };
  put(1 | (2 << 1), 3);
  put(literals.length - 257, 5);
  put(distances.length - 1, 5);
  put(15, 4);
  // The code-length code, in the order 16, 17, 18, 0 ... 15 of RFC 1951, 3.2.7: five bits for 15 and 16, four
  // for 0-14, none for 17 and 18.
  for (let i = 0; i < 19; i++) put(i === 0 || i === 18 ? 5 : i < 3 ? 0 : 4, 3);
  if (repeats) {
    putCode(31, 5);
    put(0, 2);
  }
  for (const length of [...literals, ...distances].slice(repeats ? 3 : 0)) {
    if (length === 15) putCode(30, 5);
    else putCode(length, 4);
  }
  for (const byte of data) put(byte, 8);
  const block = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => (block[i >> 3] = (block[i >> 3] ?? 0) | (bit << (i & 7))));
  return block;
}

/** Code lengths of a complete code, made by splitting one leaf after the other, over `size` symbols. */
function codeLengths(size: number): fc.Arbitrary<number[]> {
  const splits = fc.array(fc.nat(), { minLength: 1, maxLength: 40, size: 'max' });
  const places = fc.shuffledSubarray([...Array(size).keys()], {
    minLength: size,
    maxLength: size,
  });
  return fc.tuple(splits, places).map(([choices, order]) => {
    const leaves = [0];
    for (const choice of choices) {
      const at = choice % leaves.length;
      const length = (leaves[at] ?? 0) + 1;
      if (length <= 15 && leaves.length < size) leaves.splice(at, 1, length, length);
    }
    const lengths = Array<number>(size).fill(0);
    leaves.forEach((length, i) => (lengths[order[i] ?? 0] = length));
    return lengths;
  });
}

/** The same with one code length changed: too many codes, or a gap. */
function nearly(lengths: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> {
  return fc
    .tuple(lengths, fc.nat(), fc.nat(15))
    .map(([from, at, length]) => from.with(at % from.length, length));
}

describe('inflate', () => {
  it('unpacks what zlib packed, at every level, strategy, window and memory size', () => {
    fc.assert(
      fc.property(contents, packings, (content, options) => {
        const bytes = deflateSync(content, options);
        if (content.length <= limit) expect(ours(bytes)).toEqual(Buffer.from(content));
        else expect(ours(bytes)).toBe('unpacks to more than is allowed');
      }),
      { numRuns: 500 },
    );
  });

  it('unpacks streams of several blocks of all kinds', () => {
    const blocks = fc.array(fc.tuple(contents, packings), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(blocks, (parts) => {
        const bodies = parts.map(([content, { level, strategy }], i) =>
          deflateRawSync(content, {
            ...(level === undefined ? {} : { level }),
            ...(strategy === undefined ? {} : { strategy }),
            finishFlush: i === parts.length - 1 ? constants.Z_FINISH : constants.Z_FULL_FLUSH,
          }),
        );
        expectSameStructure(Buffer.concat(bodies));
      }),
      { numRuns: 150 },
    );
  });

  it('accepts and refuses the same mutants as zlib, checksum and all', () => {
    const mutants = fc.oneof(
      fc.tuple(contents, packings, flips).map(([c, o, bits]) => flipped(deflateSync(c, o), bits)),
      fc.tuple(contents, fc.nat()).map(([c, cut]) => {
        const bytes = deflateSync(c);
        return bytes.subarray(0, cut % (bytes.length + 1));
      }),
      fc
        .tuple(contents, fc.uint8Array({ minLength: 1, maxLength: 9 }))
        .map(([c, more]) => Buffer.concat([deflateSync(c), more])),
      fc.uint8Array({ maxLength: 100, size: 'max' }),
    );
    fc.assert(fc.property(mutants, expectAgreement), { numRuns: 500 });
  });

  it('accepts and refuses the same headers as zlib', () => {
    const body = deflateSync('a header has two bytes').subarray(2);
    for (let header = 0; header < 0x1_0000; header += 1) {
      // Of those that fail the check bits a few stand for all.
      if (header % 31 !== 0 && header % 97 !== 0) continue;
      expectAgreement(Buffer.concat([Buffer.of(header >> 8, header & 255), body]));
    }
  });

  it('takes apart mutated blocks as zlib does', () => {
    const bodies = fc
      .tuple(contents, packings, flips)
      .map(([content, { level, strategy }, bits]) => {
        const options = { level: level ?? 6, strategy: strategy ?? constants.Z_DEFAULT_STRATEGY };
        // Something to read on, so that a body that ends later than it did is not just cut off.
        return Buffer.concat([
          flipped(deflateRawSync(content, options), bits),
          Buffer.alloc(24, 0x5a),
        ]);
      });
    fc.assert(fc.property(bodies, expectSameStructure), { numRuns: 1500 });
  });

  it('takes apart random blocks of each kind as zlib does', () => {
    const bodies = fc
      .tuple(
        fc.constantFrom(1, 3, 5, 7, 0, 2, 4),
        fc.uint8Array({ minLength: 1, maxLength: 200, size: 'max' }),
      )
      .map(([kind, bytes]) => {
        const body = Buffer.from(bytes);
        body[0] = ((body[0] ?? 0) & ~7) | kind;
        return Buffer.concat([body, Buffer.alloc(24, 0x5a)]);
      });
    fc.assert(fc.property(bodies, expectSameStructure), { numRuns: 1500 });
  });

  it('takes the same Huffman codes as zlib: complete ones, and which incomplete ones', () => {
    const none = fc.integer({ min: 1, max: 32 }).map((size) => Array<number>(size).fill(0));
    const lone = fc
      .tuple(none, fc.nat(), fc.nat(3))
      .map(([from, at, length]) => from.with(at % from.length, length));
    const ends = fc.constant([...Array<number>(256).fill(0), 1]);
    const literals = fc.integer({ min: 257, max: 288 }).chain(codeLengths);
    const withEnd = fc.tuple(literals, fc.nat()).map(([lengths, at]) => {
      // Without a code for the end of the block both refuse, and nothing else would be compared.
      const used = lengths.flatMap((length, i) => (length > 0 ? [i] : []));
      const other = used[at % used.length] ?? 0;
      return lengths.with(256, lengths[other] ?? 0).with(other, lengths[256] ?? 0);
    });
    const distances = fc.integer({ min: 1, max: 32 }).chain(codeLengths);
    const blocks = fc
      .tuple(
        fc.oneof(withEnd, withEnd, nearly(withEnd), literals, ends),
        fc.oneof(distances, nearly(distances), none, lone),
        fc.uint8Array({ maxLength: 60, size: 'max' }),
      )
      .map(([l, d, data]) =>
        dynamicBlock({ literals: l, distances: d }, Buffer.concat([data, Buffer.alloc(24, 0x5a)])),
      );
    let accepted = 0;
    fc.assert(
      fc.property(blocks, (block) => {
        if (reference(block, inflateRawSync) !== undefined) accepted++;
        expectSameStructure(block);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(150);
  });

  it('refuses lengths that begin with a repetition of nothing', () => {
    // One literal, a or 0x61, and the end of the block: one bit each.
    const literals = [...Array<number>(97).fill(0), 1, ...Array<number>(158).fill(0), 1];
    const lengths = { literals, distances: [0] };
    const data = Buffer.of(0b100, ...Buffer.alloc(24));
    expect(reference(dynamicBlock(lengths, data), inflateRawSync)?.bytes.toString()).toBe('aa');
    for (const repeats of [false, true]) expectSameStructure(dynamicBlock(lengths, data, repeats));
  });

  it('stops at the size of its output, to the byte', () => {
    for (const level of [0, 1, 9]) {
      for (const content of [Buffer.alloc(limit, 7), Buffer.from(crypto.getRandomValues(output))]) {
        expect(ours(deflateSync(content, { level }))).toEqual(Buffer.from(content));
        const more = Buffer.concat([content, Buffer.of(7)]);
        expect(ours(deflateSync(more, { level }))).toBe('unpacks to more than is allowed');
      }
    }
  });

  it('comes to an end on blocks without content, also past the end of its input', () => {
    const empty = Buffer.concat(Array<Buffer>(200).fill(Buffer.of(0, 0, 0, 0xff, 0xff)));
    expect(ours(Buffer.concat([Buffer.of(0x78, 0x9c), empty]))).toBe('is cut off');
    const memory = new Uint8Array(4002);
    memory.set([0x78, 0x9c]);
    for (let at = 2; at < memory.length; at += 5) memory.set([0, 0, 0, 0xff, 0xff], at);
    expect(inflate(memory, 7, output)).toBe('is cut off');
  });
});
