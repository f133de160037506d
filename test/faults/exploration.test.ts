import { describe, expect, it } from 'vitest';
import { explore, inLines, type ExplorationOrder } from './exploration.ts';
import type { Schedule } from './schedule.ts';
import { schedules } from './schedule-arbitrary.ts';

const order: ExplorationOrder = {
  schedules: schedules({
    nodes: 2,
    groups: 2,
    fewestSteps: 4,
    mostSteps: 12,
    gapsMs: [0, 50],
    holdsMs: [200, 800],
  }),
  seed: 5,
  count: 200,
  path: undefined,
  shrinkForMs: 60_000,
};

const isFlush = (schedule: Schedule): boolean =>
  schedule.some((step) => step.kind === 'harmRedis' && step.harm === 'flush');
const dislikesFlush = async (schedule: Schedule): Promise<readonly string[]> =>
  isFlush(schedule) ? ['I6: gone'] : [];

describe('an exploration of schedules', () => {
  it('tries as many as it is told, one after the other, when none fails', async () => {
    let tried = 0;
    let busy = 0;
    const found = await explore({ ...order, count: 30 }, async () => {
      expect(busy++).toBe(0);
      await Promise.resolve();
      busy--;
      tried++;
      return [];
    });
    expect(found).toBeUndefined();
    expect(tried).toBe(30);
  });

  it('gives back the smallest that fails, and tells how to see it again', async () => {
    const found = await explore(order, dislikesFlush);
    if (found === undefined) throw new Error('nothing was found');
    expect(found.schedule).toHaveLength(1);
    expect(found.stepsBefore).toBeGreaterThan(1);
    expect(inLines(found, 'npm run it')).toEqual([
      `a schedule of 1 steps, shrunk from ${found.stepsBefore}; again: npm run it --path ${found.path}`,
      '1. at 0 ms Redis: it is emptied (FLUSHALL)',
      'I6: gone',
    ]);
  });

  it('tries just the one that a path names', async () => {
    const found = await explore(order, dislikesFlush);
    const tried: Schedule[] = [];
    const again = await explore({ ...order, path: found?.path }, async (schedule) => {
      tried.push(schedule);
      return dislikesFlush(schedule);
    });
    expect(tried).toEqual([found?.schedule]);
    expect(again?.path).toBe(found?.path);
    expect(await explore({ ...order, path: found?.path }, async () => [])).toBeUndefined();
  });

  it('tries the one that a path names as often as it is told, until it fails', async () => {
    const found = await explore(order, dislikesFlush);
    const replay = { ...order, path: found?.path, count: 4 };
    let tried = 0;
    expect(
      await explore(replay, async () => {
        tried += 1;
        return [];
      }),
    ).toBeUndefined();
    expect(tried).toBe(4);
    const again = await explore(replay, async () => {
      tried += 1;
      return tried === 7 ? ['I6: gone'] : [];
    });
    expect([again?.schedule, tried]).toEqual([found?.schedule, 7]);
  });

  it('has something to show also when there is no time to shrink', async () => {
    const tried: Schedule[] = [];
    const found = await explore({ ...order, shrinkForMs: 0 }, async (schedule) => {
      tried.push(schedule);
      return dislikesFlush(schedule);
    });
    expect(found?.schedule).toEqual(tried.at(-1));
    expect(tried.filter(isFlush)).toHaveLength(1);
  });

  it('takes a trial that breaks for what it is', async () => {
    const trial = () => Promise.reject(new TypeError('no such thing'));
    await expect(explore(order, trial)).rejects.toThrow('no such thing');
  });
});
