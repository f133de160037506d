import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeAnswer, encodeRequest } from '../../client/frame-codec.ts';
import { pack, unpack, type Value } from '../../client/msgpack.ts';
import { encode } from '../../protocol/codec.ts';
import { frames, type ClientFrame, type Frame } from '../../protocol/frames.ts';
import { frameFrom } from '../protocol/frame-arbitrary.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../protocol/vectors.json', import.meta.url), 'utf8'),
) as {
  readonly frames: readonly { readonly frame: Frame; readonly msgpack: string }[];
  readonly hostile: readonly { readonly what: string; readonly msgpack: string }[];
};
const isRequest = ({ frame }: { readonly frame: Frame }): boolean =>
  frames[frame.name].from === 'client';

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' });
const general = new Unpackr({ int64AsType: 'number' });

/** What a request may hold. */
const requestValues = fc.letrec<{ value: Value; list: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    tie('list'),
  ),
  list: fc.array(tie('value'), { maxLength: 20 }),
})).value;

describe('the MessagePack of the client', () => {
  it('[FRAME-6] writes what msgpackr reads as the same', () => {
    fc.assert(
      fc.property(requestValues, (value) => {
        expect(general.unpack(pack(value))).toEqual(value);
      }),
    );
  });

  it('[FRAME-6] writes each value in the bytes msgpackr takes for it', () => {
    fc.assert(
      fc.property(requestValues, (value) => {
        expect(pack(value).length).toBeLessThanOrEqual(packr.pack(value).length);
      }),
    );
    for (const length of [0, 31, 32, 255, 256, 5000]) {
      const text = 'x'.repeat(length);
      expect(general.unpack(pack(text))).toBe(text);
      expect(general.unpack(pack(Array.from(text)))).toEqual(Array.from(text));
    }
  });

  it('[FRAME-6] writes integers that do not fit 32 bits', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(general.unpack(pack([value]))).toEqual([value]);
      }),
    );
  });

  it('[FRAME-6] reads what msgpackr writes', () => {
    const integer = fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
      fc.maxSafeInteger().map((value) => BigInt(value)),
    );
    fc.assert(
      fc.property(fc.oneof(requestValues, integer), (value) => {
        const expected = typeof value === 'bigint' ? Number(value) : value;
        expect(unpack(packr.pack(value))).toEqual(expected);
      }),
    );
  });

  it('[FRAME-6] takes any bytes for what they are or throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        let value: Value;
        try {
          value = unpack(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect(unpack(bytes)).toEqual(value);
      }),
    );
  });

  it('[FRAME-6] is not exhausted by a head that promises more than there is', () => {
    expect(() => unpack(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
    expect(() => unpack(new Uint8Array(5000).fill(0x91))).toThrow(RangeError);
  });
});

describe('the frames of the client', () => {
  it.each(vectors.frames.filter(isRequest))(
    '[FRAME-1] are written as the vectors say: $frame.name $frame.seq',
    ({ frame, msgpack }) => {
      const { name, seq, ...fields } = frame as ClientFrame;
      const bytes = encodeRequest(name, seq, fields as never);
      expect(Buffer.from(bytes).toString('hex')).toBe(msgpack);
    },
  );

  it.each(vectors.frames.filter((vector) => !isRequest(vector)))(
    '[FRAME-1] are read as the vectors say: $frame.name $frame.seq',
    ({ frame, msgpack }) => {
      expect(decodeAnswer(Buffer.from(msgpack, 'hex'))).toEqual(frame);
    },
  );

  it.each(vectors.hostile)('[FRAME-6] are never such bytes: $what', ({ msgpack }) => {
    const read = (): unknown => decodeAnswer(Buffer.from(msgpack, 'hex'));
    let frame: unknown;
    try {
      frame = read();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      return;
    }
    expect(frame, 'no frame that the gateway sends').toBeUndefined();
  });

  it('[FRAME-2] may have grown: what stands behind the known fields is ignored, what is missing has its default', () => {
    expect(decodeAnswer(pack([33, 1, 's-1', 5, 6, false]))).toEqual({
      name: 'loggedIn',
      seq: 1,
      sessionId: 's-1',
      serverTime: 5,
      ticketEndsAt: 6,
      repeatLogin: false,
      watches: 0,
      pushNumber: 0,
    });
    expect(decodeAnswer(pack([40, 7, 'later', [1]]))).toEqual({ name: 'pong', seq: 7 });
  });

  it('[FRAME-8] of an unknown type are nothing', () => {
    expect(decodeAnswer(pack([127, 0, 'later']))).toBeUndefined();
  });

  it('[FRAME-1] are read as the gateway writes them, whatever they hold', () => {
    fc.assert(
      fc.property(frameFrom('server'), (frame) => {
        expect(decodeAnswer(encode(frame, 'msgpack') as Uint8Array)).toEqual(frame);
      }),
      { numRuns: 500 },
    );
  });

  it('[FRAME-1] are written as the gateway would write them, whatever they hold', () => {
    fc.assert(
      fc.property(frameFrom('client'), (frame) => {
        const { name, seq, ...fields } = frame as ClientFrame;
        const expected = general.unpack(encode(frame, 'msgpack') as Uint8Array) as unknown;
        expect(general.unpack(encodeRequest(name, seq, fields as never))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
