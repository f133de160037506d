import { readFileSync } from 'node:fs';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeClientFrame, decodeServerFrame, encode } from '../../protocol/codec.ts';
import { frames, type Frame } from '../../protocol/frames.ts';

interface Vectors {
  readonly frames: readonly {
    readonly frame: Frame;
    readonly json: string;
    readonly msgpack: string;
  }[];
  readonly hostile: readonly { readonly what: string; readonly msgpack: string }[];
  readonly refused: readonly {
    readonly what: string;
    readonly json: string;
    readonly seq: number;
    readonly code: string;
    readonly message: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../protocol/vectors.json', import.meta.url), 'utf8'),
) as Vectors;

/** A general decoder; without the option it gives integers of 64 bits as BigInt. */
const general = new Unpackr({ int64AsType: 'number' });

function decode(frame: Frame, bytes: Uint8Array, encoding: 'msgpack' | 'json'): unknown {
  return frames[frame.name].from === 'client'
    ? decodeClientFrame(bytes, encoding)
    : decodeServerFrame(bytes, encoding);
}

describe('the published vectors', () => {
  it('show every frame', () => {
    expect(new Set(vectors.frames.map(({ frame }) => frame.name))).toEqual(
      new Set(Object.keys(frames)),
    );
  });

  it.each(vectors.frames)(
    '[FRAME-1] agree with the codec: $frame.name $frame.seq',
    ({ frame, json, msgpack }) => {
      const bytes = Buffer.from(msgpack, 'hex');
      expect(decode(frame, bytes, 'msgpack')).toEqual({ kind: 'frame', frame });
      expect(decode(frame, Buffer.from(json), 'json')).toEqual({ kind: 'frame', frame });
      expect(Buffer.from(encode(frame, 'msgpack')).toString('hex')).toBe(msgpack);
      expect(encode(frame, 'json')).toBe(json);
      expect(general.unpack(bytes), 'a general decoder reads the same array').toEqual(
        JSON.parse(json),
      );
    },
  );

  it.each(vectors.hostile)('[FRAME-6] are refused whole: $what', ({ msgpack }) => {
    expect(decodeClientFrame(Buffer.from(msgpack, 'hex'), 'msgpack').kind).toBe('bad');
  });

  it.each(vectors.refused)('[FRAME-7] are answered: $what', ({ json, seq, code, message }) => {
    expect(decodeClientFrame(Buffer.from(json), 'json')).toEqual({
      kind: 'refused',
      seq,
      code,
      message,
    });
  });
});
