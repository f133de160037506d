import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evictionWaitMs,
  spendEvictions,
  unlimitedEvictions,
} from '../../gateway/policy/eviction-allowance.ts';

const allowance = { burst: 10, refillMs: 6000 };
const nowMs = 1_700_000_000_000;

/** How long the two kinds of login must wait when `missing` tokens are gone. */
function waits(missing: number): readonly [own: number, automatic: number] {
  const wholeAtMs = nowMs + missing * allowance.refillMs;
  return [
    evictionWaitMs(allowance, { wholeAtMs, isAutomatic: false }, nowMs),
    evictionWaitMs(allowance, { wholeAtMs, isAutomatic: true }, nowMs),
  ];
}

describe('an allowance of evictions', () => {
  it('lets an own login in while one token is left, an automatic one while half of them are', () => {
    expect(waits(0)).toEqual([0, 0]);
    expect(waits(5)).toEqual([0, 0]);
    expect(waits(5.5)).toEqual([0, 3000]);
    expect(waits(9)).toEqual([0, 24_000]);
    expect(waits(9.5)).toEqual([3000, 27_000]);
  });

  it('tells a wait after which the login may go ahead, and before which it may not', () => {
    for (const isAutomatic of [false, true]) {
      const state = { wholeAtMs: nowMs + 12 * allowance.refillMs, isAutomatic };
      const waitMs = evictionWaitMs(allowance, state, nowMs);
      expect(evictionWaitMs(allowance, state, nowMs + waitMs - 1)).toBe(1);
      expect(evictionWaitMs(allowance, state, nowMs + waitMs)).toBe(0);
    }
  });

  it('of one token serves own and automatic logins alike', () => {
    const single = { burst: 1, refillMs: 1000 };
    for (const isAutomatic of [false, true]) {
      expect(evictionWaitMs(single, { wholeAtMs: nowMs, isAutomatic }, nowMs)).toBe(0);
      expect(evictionWaitMs(single, { wholeAtMs: nowMs + 400, isAutomatic }, nowMs)).toBe(400);
    }
  });

  it('locks nobody out for more than two buckets, also when the clock goes back', () => {
    const bucketMs = allowance.burst * allowance.refillMs;
    expect(spendEvictions(allowance, nowMs, 1000, nowMs)).toBe(nowMs + 2 * bucketMs);
    expect(waits(1_000_000)[0]).toBe(bucketMs + allowance.refillMs);
    const spent = spendEvictions(allowance, nowMs + 1e9, 1, nowMs);
    expect(spent).toBe(nowMs + 2 * bucketMs);
  });

  it('without a bound keeps no bucket', () => {
    expect(spendEvictions(unlimitedEvictions, 0, 5, nowMs)).toBe(0);
    const state = { wholeAtMs: nowMs + 1e9, isAutomatic: true };
    expect(evictionWaitMs(unlimitedEvictions, state, nowMs)).toBe(0);
  });

  it('never lets more evictions through than the burst and what came back since', () => {
    const steps = fc.array(fc.tuple(fc.nat(20_000), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (logins) => {
        let [atMs, wholeAtMs, evicted] = [nowMs, 0, 0];
        for (const [pauseMs, isAutomatic] of logins) {
          atMs += pauseMs;
          if (evictionWaitMs(allowance, { wholeAtMs, isAutomatic }, atMs) > 0) continue;
          wholeAtMs = spendEvictions(allowance, wholeAtMs, 1, atMs);
          evicted += 1;
        }
        const bound = allowance.burst + (atMs - nowMs) / allowance.refillMs;
        expect(evicted).toBeLessThanOrEqual(bound);
      }),
    );
  });
});
