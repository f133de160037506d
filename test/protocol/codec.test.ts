import * as fc from 'fast-check';
import { pack, unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  decodeClientFrame,
  decodeServerFrame,
  encode,
  type Encoding,
} from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import { readStrictly } from '../../protocol/strict-reader.ts';
import { SharedFrame } from '../../protocol/shared-frame.ts';
import { frameFrom, frameOf } from './frame-arbitrary.ts';

const encodings: readonly Encoding[] = ['msgpack', 'json'];

/** The bytes as they would arrive: a copy, because the encoder reuses its buffer. */
function wire(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : Uint8Array.from(data);
}

/** The encoder would make a float of what does not fit 32 bits. */
const asInteger = (value: unknown): unknown =>
  typeof value === 'number' && value > 0xffff_ffff ? BigInt(value) : value;

describe.each(encodings)('the %s encoding', (encoding) => {
  it('[FRAME-1] gives back every client frame it wrote', () => {
    fc.assert(
      fc.property(frameFrom('client'), (frame) => {
        const decoded = decodeClientFrame(wire(encode(frame, encoding)), encoding);
        expect(decoded).toEqual({ kind: 'frame', frame });
      }),
      { numRuns: 500 },
    );
  });

  it('[FRAME-1] gives back every server frame it wrote', () => {
    fc.assert(
      fc.property(frameFrom('server'), (frame) => {
        const decoded = decodeServerFrame(wire(encode(frame, encoding)), encoding);
        expect(decoded).toEqual({ kind: 'frame', frame });
      }),
      { numRuns: 500 },
    );
  });

  const array = (values: readonly unknown[]): Uint8Array =>
    encoding === 'json' ? Buffer.from(JSON.stringify(values)) : pack(values.map(asInteger));

  it('[FRAME-2] ignores fields behind the last one it knows', () => {
    fc.assert(
      fc.property(
        frameOf('login'),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 }),
        (frame, extra) => {
          const { name: _name, seq, ...fields } = frame;
          const decoded = decodeClientFrame(
            array([1, seq, ...Object.values(fields), ...extra]),
            encoding,
          );
          expect(decoded).toEqual({ kind: 'frame', frame });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('[FRAME-2] takes the default for a missing or nil field that has one', () => {
    const full = {
      name: 'login',
      seq: 9,
      sdkAppId: 1,
      userId: 'u',
      userSig: 's',
      instanceId: 'i',
      platform: 'web',
    };
    for (const tail of [[], [null], [null, null]]) {
      const decoded = decodeClientFrame(array([1, 9, 1, 'u', 's', 'i', 'web', ...tail]), encoding);
      expect(decoded).toEqual({
        kind: 'frame',
        frame: { ...full, automatic: false, client: '', afterPush: 0 },
      });
    }
  });

  it('[FRAME-1] keeps a byte order mark, which is text like any other', () => {
    const login = [1, 9, 1, 'u', 's', 'i', 'web', false, '\ufeffclient'];
    expect(decodeClientFrame(array(login), encoding)).toMatchObject({
      frame: { client: '\ufeffclient' },
    });
    login[3] = '\ufeffu';
    expect(decodeClientFrame(array(login), encoding)).toMatchObject({ code: 'invalidUserId' });
  });

  it('[FRAME-7] names the field that is missing or wrong and keeps the sequence number', () => {
    const decoded = decodeClientFrame(
      array([1, 77, 5, 'alice', 'sig', 'instance', 'amiga']),
      encoding,
    );
    expect(decoded).toMatchObject({ kind: 'refused', seq: 77, code: 'invalidParameters' });
    expect(decoded).toHaveProperty(
      'message',
      expect.stringMatching(/login\.platform has the wrong shape.*linux/),
    );
    expect(decodeClientFrame(array([1, 78, 5]), encoding)).toMatchObject({
      kind: 'refused',
      seq: 78,
      code: 'invalidUserId',
      message: expect.stringContaining('login.userId is missing'),
    });
  });

  it('[FRAME-7] refuses a request type it does not know, and those only the gateway sends', () => {
    for (const type of [0, 30, 33, 64, 4_000_000_000]) {
      expect(decodeClientFrame(array([type, 1]), encoding)).toMatchObject({
        kind: 'refused',
        code: 'notSupported',
      });
    }
  });

  it('[FRAME-8] tells a client which pushes are of unknown types, so that it can pass over them', () => {
    expect(decodeServerFrame(array([127, 0, 'news']), encoding)).toMatchObject({
      kind: 'refused',
      seq: 0,
      code: 'notSupported',
    });
  });

  it('[FRAME-7] answers a wrong UserID in a list with 7003, and a list of a wrong length with 6017', () => {
    const codeOf = (userIds: unknown): unknown => {
      const decoded = decodeClientFrame(array([5, 1, userIds]), encoding);
      return decoded.kind === 'refused' ? decoded.code : decoded.kind;
    };
    expect(codeOf(['bob', 'no user!'])).toBe('invalidUserId');
    expect(codeOf(['bob', 7])).toBe('invalidUserId');
    expect(codeOf([])).toBe('invalidParameters');
    expect(codeOf(Array.from({ length: 101 }, () => 'bob'))).toBe('invalidParameters');
    expect(codeOf('bob')).toBe('invalidParameters');
    expect(codeOf(['bob'])).toBe('frame');
  });

  it('[PRESENCE-3] takes a custom status of 100 bytes of UTF-8 and no more', () => {
    const kindOf = (text: string) => decodeClientFrame(array([4, 1, text]), encoding).kind;
    for (const [text, bytes] of [
      ['a', 1],
      ['\u00fc', 2],
      ['\u4e2d', 3],
      ['\ufffd', 3],
      ['\u{1f419}', 4],
    ] as const) {
      const fits = text.repeat(Math.floor(100 / bytes));
      expect(Buffer.byteLength(fits), text).toBeLessThanOrEqual(100);
      expect(kindOf(fits), text).toBe('frame');
      expect(kindOf(fits + text), text).toBe('refused');
    }
    expect(kindOf('\ud800')).not.toBe('frame');
  });

  it('[PRESENCE-1] carries versions beyond 32 bits as integers', () => {
    for (const version of [0, 0xffff_ffff, 0x1_0000_0000, 1_795_408_200_123, 2 ** 53 - 1]) {
      const frame = {
        name: 'statusChanged',
        seq: 0,
        sdkAppId: 1,
        statuses: [['bob', 'online', ['web'], '', version]],
      } as const;
      const bytes = wire(encode(frame, encoding));
      expect(decodeServerFrame(bytes, encoding)).toEqual({ kind: 'frame', frame });
    }
  });

  it('[FRAME-2] takes a tuple that has grown, as a later version would send it', () => {
    const grown = [68, 0, 1, [['bob', 'online', [], '', 7, 'new']]];
    expect(decodeServerFrame(array(grown), encoding).kind).toBe('frame');
    const short = [68, 0, 1, [['bob', 'online', [], '']]];
    expect(decodeServerFrame(array(short), encoding).kind).toBe('refused');
  });

  it('writes a shared frame once, and the same bytes as any other', () => {
    const frame = { name: 'goingAway', seq: 0, reconnectAfterMs: 5 } as const;
    const shared = new SharedFrame(frame);
    const first = shared.encoded(encoding);
    const copy = typeof first === 'string' ? first : Buffer.from(first);
    encode({ name: 'statusSet', seq: 77 }, encoding);
    expect(shared.encoded(encoding)).toBe(first);
    expect(Buffer.from(first as string)).toEqual(Buffer.from(copy as string));
    expect(wire(first)).toEqual(wire(encode(frame, encoding)));
  });

  it('[FRAME-3] takes no request with sequence number 0 and no frame without a valid one', () => {
    for (const values of [
      [2, 0],
      [2],
      [2, -1],
      [2, 1.5],
      [2, '1'],
      ['2', 1],
      [],
      [2, 4_294_967_296],
    ]) {
      expect(decodeClientFrame(array(values), encoding).kind).toBe('bad');
    }
  });

  it('[FRAME-6] survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: limits.frameBytes }), (bytes) => {
        expect(['frame', 'refused', 'bad']).toContain(decodeClientFrame(bytes, encoding).kind);
      }),
      { numRuns: 3000 },
    );
  });

  it('[FRAME-6] survives any mutation of a good frame', () => {
    const change = fc.tuple(fc.nat(400), fc.nat(255));
    fc.assert(
      fc.property(
        frameFrom('client'),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (frame, changes) => {
          const bytes = wire(encode(frame, encoding));
          for (const [at, to] of changes) bytes[at % bytes.length] = to;
          expect(['frame', 'refused', 'bad']).toContain(decodeClientFrame(bytes, encoding).kind);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Bigints that a number can hold as numbers. */
function asNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asNumbers);
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

describe('the strict reader', () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger().filter((n) => Number.isInteger(n)),
    fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !/\p{Surrogate}/u.test(text)),
  );

  it('[FRAME-6] reads what msgpackr and other encoders write, as they would', () => {
    const inner = fc.array(fc.oneof(scalar, fc.array(scalar)));
    const tree = fc.array(fc.oneof(scalar, fc.array(fc.oneof(scalar, inner))));
    fc.assert(
      fc.property(tree, (value) => {
        // BigInt makes the encoder use its 64-bit forms, which other languages use for every integer.
        const wide = JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
          typeof part === 'number' ? BigInt(part) : part,
        ) as unknown;
        expect(readStrictly(pack(wide))).toEqual({ value });
      }),
      { numRuns: 500 },
    );
  });

  it('[FRAME-6] never accepts what a general decoder reads differently', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const read = readStrictly(bytes);
        if ('value' in read) expect(asNumbers(unpack(Buffer.from(bytes)))).toEqual(read.value);
      }),
      {
        numRuns: 5000,
        // Its 64-bit forms are bigints there, whatever their size.
        examples: [[Uint8Array.from([0xd3, 0, 0, 0, 0, 0, 0, 0, 0])]],
      },
    );
  });

  it('[FRAME-6] refuses every type byte that has no place in a frame', () => {
    const placeless = [
      0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xde,
      0xdf,
    ];
    for (let byte = 0x80; byte <= 0x8f; byte++) placeless.push(byte);
    for (const byte of placeless) {
      const read = readStrictly(Uint8Array.from([0x91, byte, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
      expect(read, `type byte 0x${byte.toString(16)}`).toHaveProperty('problem');
    }
  });

  it('[FRAME-6] takes longer forms than needed, as some encoders write them', () => {
    const frame = Buffer.from('dd00000003ce00000003d30000000000000001db0000000161', 'hex');
    expect(readStrictly(frame)).toEqual({ value: [3, 1, 'a'] });
  });

  it('[FRAME-6] refuses depth and counts beyond the limits without building them', () => {
    const deep = new Uint8Array(limits.frameBytes).fill(0x91);
    expect(readStrictly(deep)).toEqual({ problem: 'arrays are nested deeper than 4' });
    const declared = Uint8Array.from([0xdc, 0xff, 0xff, 0xc0]);
    expect(readStrictly(declared)).toEqual({ problem: 'the frame is cut off' });
    const many = new Uint8Array(limits.items + 4).fill(0xc0);
    many.set([0xdc, (limits.items + 1) >> 8, (limits.items + 1) & 0xff]);
    expect(readStrictly(many)).toEqual({ problem: 'the frame has more than 1024 values' });
  });

  it('[FRAME-6] spends little memory on the worst frame that fits', () => {
    const worst = new Uint8Array(limits.frameBytes).fill(0xdc);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 10; i++) readStrictly(worst);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * 1024 * 1024);
  });
});
