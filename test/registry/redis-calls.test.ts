import * as fc from 'fast-check';
import { Command } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { Call } from '../../gateway/registry/redis/connect/call.ts';

describe('a call to Redis', () => {
  const anyWord = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
  );

  it('is written as the client library writes it, byte by byte', () => {
    fc.assert(
      fc.property(fc.array(anyWord), (words) => {
        const ours = Buffer.from(new Call('evalsha', [...words], 1000).toWritable());
        const theirs = Buffer.from(new Command('evalsha', [...words]).toWritable({}));
        expect(ours.toString('hex')).toBe(theirs.toString('hex'));
      }),
    );
  });
});
