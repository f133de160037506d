import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeHarms } from './harms.ts';
import { leewayOf, linesOf, placeOf, playable, type Schedule, type Step } from './schedule.ts';
import { schedules } from './schedule-arbitrary.ts';

const scope = {
  nodes: 3,
  groups: 2,
  fewestSteps: 4,
  mostSteps: 20,
  gapsMs: [0, 50, 400],
  holdsMs: [200, 3000],
};
const arbitrary = schedules(scope);

const logIn = (group: number, node: number, more: Partial<Step> = {}): Step =>
  ({ kind: 'logIn', afterMs: 100, group, platform: 'ios', node, ...more }) as Step;
const harm = (node: number, name: keyof typeof nodeHarms, forMs: number): Step => ({
  kind: 'harmNode',
  afterMs: 100,
  node,
  harm: name,
  forMs,
});

/** What must hold of any schedule, said in another way than the code that makes them does. */
function expectPlayable(schedule: Schedule): void {
  let nowMs = 0;
  const spans: { place: string; fromMs: number; toMs: number }[] = [];
  for (const [n, step] of schedule.entries()) {
    nowMs += step.afterMs;
    const before = schedule.slice(0, n).filter((one) => one.kind === 'logIn');
    if (step.kind === 'leave') {
      expect(before).toContainEqual(
        expect.objectContaining({ group: step.group, platform: step.platform }),
      );
    }
    if (step.kind === 'revoke') {
      expect(before).toContainEqual(expect.objectContaining({ group: step.group }));
    }
    if (step.kind === 'harmNode' && step.harm === 'kill') expect(step.node).toBeGreaterThan(0);
    if (!('forMs' in step)) continue;
    const span = { place: placeOf(step), fromMs: nowMs, toMs: nowMs + step.forMs };
    const [last] = spans.filter(({ place }) => place === span.place).slice(-1);
    expect(last?.toMs ?? 0).toBeLessThanOrEqual(span.fromMs);
    spans.push(span);
  }
}

/** Users who are in on a node that goes deaf log in elsewhere: what a gateway without a self-probe does not survive. */
function kicksTheDeaf(schedule: Schedule): boolean {
  return schedule.some((deaf, n) => {
    if (deaf.kind !== 'harmNode' || deaf.harm !== 'deaf') return false;
    const inThere = schedule
      .slice(0, n)
      .flatMap((one) => (one.kind === 'logIn' && one.node === deaf.node ? [one.group] : []));
    return schedule
      .slice(n)
      .some((one) => one.kind === 'logIn' && one.node !== deaf.node && inThere.includes(one.group));
  });
}

const found = (seed: number, path?: string) => {
  const property = fc.property(arbitrary, (schedule) => !kicksTheDeaf(schedule));
  const how = path === undefined ? {} : { path, endOnFailure: true };
  return fc.check(property, { seed, numRuns: 5000, skipEqualValues: true, ...how });
};

describe('a schedule', () => {
  it('keeps of any list of steps those that can be done', () => {
    const steps: Step[] = [
      { kind: 'leave', afterMs: 9, group: 0, platform: 'ios', how: 'cut' },
      { kind: 'revoke', afterMs: 9, group: 0 },
      logIn(0, 1),
      { kind: 'leave', afterMs: 9, group: 0, platform: 'web', how: 'cut' },
      { kind: 'revoke', afterMs: 9, group: 0 },
      harm(0, 'kill', 200),
      harm(1, 'stall', 300),
      harm(1, 'slow', 200),
      harm(1, 'doorStalls', 200),
      harm(2, 'stall', 200),
      harm(1, 'drip', 200),
    ];
    expect(playable(steps)).toEqual([2, 4, 6, 8, 9, 10].map((n) => steps[n]));
  });

  it('says in lines what happens, and when', () => {
    const end: Step = { kind: 'harmRedis', afterMs: 50, harm: 'flush', forMs: 0 };
    const leave: Step = { kind: 'leave', afterMs: 0, group: 1, platform: 'ios', how: 'cut' };
    const revoke: Step = { kind: 'revoke', afterMs: 20, group: 1 };
    expect(linesOf([logIn(1, 2), harm(2, 'pause', 4000), leave, revoke, end])).toEqual([
      '1. at 100 ms users B log in from ios on node c',
      '2. at 200 ms node c: it stands still (SIGSTOP), for 4000 ms',
      '3. at 200 ms users B crash on ios',
      '4. at 220 ms the back end revokes the tickets of users B',
      '5. at 270 ms Redis: it is emptied (FLUSHALL)',
    ]);
  });

  it('tells the checker what its harms do', () => {
    expect(leewayOf([logIn(0, 0), harm(0, 'stall', 200), harm(1, 'pause', 800)])).toEqual({
      breaksSockets: false,
      forgetsKicks: false,
      delayedMs: 1000,
    });
    const flush: Step = { kind: 'harmRedis', afterMs: 0, harm: 'flush', forMs: 0 };
    expect(leewayOf([harm(0, 'doorCut', 0), flush])).toEqual({
      breaksSockets: true,
      forgetsKicks: true,
      delayedMs: 0,
    });
  });
});

describe('schedules by chance', () => {
  it('can be played, and so can all that they shrink to', () => {
    const holds = fc.property(arbitrary, (schedule) => {
      expectPlayable(schedule);
      expect(schedule.length).toBeLessThanOrEqual(scope.mostSteps);
      for (const { value } of arbitrary.shrink(schedule, undefined).take(20)) {
        expectPlayable(value);
      }
    });
    fc.assert(holds, { numRuns: 60 });
  });

  it('are the same for the same seed, and others for another', () => {
    const sample = (seed: number) => fc.sample(arbitrary, { seed, numRuns: 20 });
    expect(sample(7)).toEqual(sample(7));
    expect(sample(7)).not.toEqual(sample(8));
  });

  it('do every harm there is', () => {
    const all = fc.sample(arbitrary, { seed: 1, numRuns: 400 }).flat();
    const harms = new Set(all.flatMap((step) => (step.kind === 'harmNode' ? [step.harm] : [])));
    expect([...harms].sort()).toEqual(Object.keys(nodeHarms).sort());
  });

  it('shrink to the few steps that matter, in their simplest form', () => {
    const seed = 1 + Math.floor(Math.random() * 1e9);
    const { counterexample, numShrinks } = found(seed);
    const simplest = [logIn(0, 0), harm(0, 'deaf', 0), logIn(0, 1)];
    expect(counterexample).toEqual([simplest.map((step) => ({ ...step, afterMs: 0 }))]);
    expect(numShrinks).toBeLessThan(40);
  });

  it('are found again by seed and path alone', () => {
    const { counterexample, counterexamplePath } = found(11);
    const again = found(11, counterexamplePath ?? '');
    expect(again.counterexample).toEqual(counterexample);
    expect(again.numShrinks).toBe(0);
  });
});
