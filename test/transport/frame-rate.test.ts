import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameRate, overspent } from '../../gateway/transport/frame-rate.ts';
import { closeCodes } from '../../protocol/codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { eventually, kinds, logoutMessage, startTransport } from './harness.ts';

/** How many frames pass at each of these times, of so many that are tried. */
function passed(rate: FrameRate, times: readonly number[], tries: number): number[] {
  let fullAtMs = 0;
  return times.map((nowMs) => {
    let count = 0;
    for (let n = 0; n < tries && fullAtMs !== overspent; n += 1) {
      const after = rate.spend(fullAtMs, nowMs);
      if (after === overspent) break;
      fullAtMs = after;
      count += 1;
    }
    return count;
  });
}

describe('the rate of frames', () => {
  it('lets the burst through at once and then what has grown back', () => {
    expect(passed(new FrameRate(10, 5), [1000, 1000, 1100, 1320, 9000, 9000], 99)).toEqual([
      5, 0, 1, 2, 5, 0,
    ]);
  });

  it('is the burst and so many a second, whatever the times are', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1 });
    const size = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(gaps, size, size, (waits, perS, burst) => {
        let nowMs = 12_345.678;
        const times = waits.map((wait) => (nowMs += wait));
        const total = passed(new FrameRate(perS, burst), times, 3000).reduce((a, b) => a + b, 0);
        const seconds = (nowMs - (times[0] ?? 0)) / 1000;
        expect(total).toBeGreaterThanOrEqual(burst);
        expect(total).toBeLessThanOrEqual(burst + seconds * perS + 1);
      }),
    );
  });
});

describe.each(kinds)('a client that sends too much, on %s', (kind) => {
  it('[CONN-8] is closed with 4505 behind its last frame, and others go on', async () => {
    const { transport, target, session } = await startTransport(kind, {
      frameBurst: 20,
      framesPerS: 1,
    });
    const greedy = await RawClient.open(target);
    const modest = await RawClient.open(target);
    const { received } = await session(0);
    greedy.sendBytes(Buffer.concat(Array.from({ length: 500 }, (_, i) => logoutMessage(i + 1))));
    expect((await greedy.ended).code).toBe(closeCodes.tooManyFrames.code);
    expect(received).toHaveLength(20);
    modest.sendBytes(logoutMessage(1));
    const other = await session(1);
    await eventually(() => other.received.length === 1);
    expect(transport).toMatchObject({ openCount: 1 });
    expect(transport.counters.closes.tooManyFrames).toBe(1);
  });

  it('[CONN-8] may be bad frames too: they are not even read', async () => {
    const { transport, target } = await startTransport(kind, { frameBurst: 10, framesPerS: 1 });
    const client = await RawClient.open(target, 'gatehouse.v1.json');
    const unknown = logoutMessage(1, 'json');
    client.sendBytes(Buffer.concat(Array.from({ length: 10 }, () => unknown)));
    client.sendFrame({ opcode: 1, payload: 'no frame' });
    expect((await client.ended).code).toBe(closeCodes.tooManyFrames.code);
    expect(transport.counters.badFrames).toBe(0);
  });
});
