import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakVariable } from '../../gateway/registry/redis/breaks.ts';
import { generatedSchedules } from './catalogue/f28-schedules.ts';
import { runFault } from './runner.ts';
import type { Schedule } from './schedule.ts';

/** What fast-check made of a longer one that failed on such nodes. */
const kickTheDeaf: Schedule = [
  { kind: 'logIn', afterMs: 0, group: 0, platform: 'ios', node: 0 },
  { kind: 'harmNode', afterMs: 600, node: 0, harm: 'deaf', forMs: 0 },
  { kind: 'logIn', afterMs: 0, group: 0, platform: 'android', node: 1 },
];

describe('a run of schedules, on nodes without a self-probe', { timeout: 120_000 }, () => {
  it('fails, and says by which schedule and how to see it again', async () => {
    const always = fc.constant(kickTheDeaf);
    const fault = { ...generatedSchedules, schedules: { full: always, short: always } };
    const env = { [breakVariable]: 'no-self-probe' };
    const { ok, errors } = await runFault(fault, {
      form: 'short',
      seed: 7,
      rounds: 1,
      patienceMs: 3000,
      env,
    });
    expect(ok).toBe(false);
    expect(errors.slice(0, 4)).toEqual([
      'a schedule of 3 steps; again: npm run test:faults -- --only F28 --seed 7 --short --break no-self-probe --path 0',
      '1. at 0 ms users A log in from ios on node a',
      '2. at 600 ms node a: its subscriber link is lost without a sign',
      '3. at 600 ms users A log in from android on node b',
    ]);
    expect(errors.slice(4).join('\n')).toMatch(/^I2: .* still lives although the login of /m);
    expect(errors.join('\n')).not.toContain('BROKEN ON PURPOSE');
  });
});
