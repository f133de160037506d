import * as fc from 'fast-check';
import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { Call, openingOf } from '../../gateway/registry/redis/connect/call.ts';

describe('a call to Redis', () => {
  const anyWord = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
  );

  it('is written as the client library writes it, byte by byte', () => {
    fc.assert(
      fc.property(fc.array(anyWord), fc.array(anyWord), (first, words) => {
        const opening = openingOf('evalsha', ...first);
        const ours = Buffer.from(new Call('evalsha', opening, words, 1000).toWritable());
        const theirs = Buffer.from(new Command('evalsha', [...first, ...words]).toWritable({}));
        expect(ours.toString('hex')).toBe(theirs.toString('hex'));
      }),
    );
  });

  it('is so with words longer than the lengths that are written beforehand', () => {
    const words = ['x'.repeat(511), 'x'.repeat(512), 'x'.repeat(70_000), 'ä'.repeat(600)];
    const ours = new Call('evalsha', openingOf('evalsha'), words, 1000).toWritable();
    expect(ours).toBe(new Command('evalsha', [...words]).toWritable({}));
  });
});
