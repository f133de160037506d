import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf, type Answer } from '../../gateway/presence/answer-parts.ts';
import { decodeServerFrame, encode } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frames.ts';
import { frameOf } from '../protocol/frame-arbitrary.ts';

/** Many frames' worth of everything an answer can say. */
const answers = fc
  .tuple(
    fc.array(frameOf('watching'), { maxLength: 12 }),
    fc.array(frameOf('queried'), { maxLength: 3 }),
  )
  .map(([watching, queried]): Answer => ({
    statuses: watching.flatMap(({ statuses }) => statuses),
    refused: watching.flatMap(({ refused }) => refused),
    dropped: watching.flatMap(({ dropped }) => dropped).slice(0, 100),
    instances: queried.flatMap(({ instances }) => instances).slice(0, 200),
  }));

describe('an answer in parts', () => {
  it('[PRESENCE-9] says everything in its order, in frames that every client takes', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const parts = partsOf(answer);
        for (const kind of ['statuses', 'refused', 'dropped', 'instances'] as const) {
          expect(parts.flatMap((part) => part[kind] as unknown[])).toEqual(answer[kind]);
        }
        for (const part of parts) {
          const end = { seq: 4_294_967_295, retryAfterMs: 4_294_967_295, isLast: false };
          const frames: Frame[] = [
            { name: 'watching', ...end, ...part },
            { name: 'queried', ...end, ...part },
          ];
          for (const frame of frames) {
            for (const encoding of ['msgpack', 'json'] as const) {
              const bytes = Buffer.from(encode(frame, encoding));
              expect(bytes.length).toBeLessThan(16_384);
              expect(decodeServerFrame(bytes, encoding).kind).toBe('frame');
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('[PRESENCE-9] fits the worst custom statuses and the longest names', () => {
    const name = 'x'.repeat(32);
    const platforms = ['web', 'android', 'ios', 'ipad', 'windows', 'mac', 'linux'] as const;
    for (const text of ['\u0001'.repeat(100), '"'.repeat(100), '\u{1f419}'.repeat(25)]) {
      const worst = [name, 'pushOnline', platforms, text, Number.MAX_SAFE_INTEGER] as const;
      const statuses = Array.from({ length: 500 }, () => worst);
      const parts = partsOf({ statuses, refused: [], dropped: [], instances: [] });
      expect(parts.length).toBeGreaterThan(7);
      for (const { statuses: part } of parts) {
        const frame = {
          name: 'statusChanged',
          seq: 0,
          sdkAppId: 4_294_967_295,
          statuses: part,
        } as const;
        for (const encoding of ['msgpack', 'json'] as const) {
          const bytes = Buffer.from(encode(frame, encoding));
          expect(bytes.length).toBeLessThan(16_384);
          expect(decodeServerFrame(bytes, encoding).kind).toBe('frame');
        }
      }
    }
  });

  it('has one part when there is nothing to say', () => {
    const nothing: Answer = { statuses: [], refused: [], dropped: [], instances: [] };
    expect(partsOf(nothing)).toEqual([nothing]);
  });
});
