import { describe, expect, it } from 'vitest';
import { Deliveries, statusOf } from '../../bench/presence/deliveries.ts';
import { groupOfUser, groupOfWatcher } from '../../bench/presence/groups.ts';
import type { DriveResult, PresenceResult } from '../../bench/presence/result.ts';
import { presenceTableOf } from '../../bench/presence/table.ts';
import { bench, patienceMs } from './run-bench.ts';
import { expectPublished } from './published-schema.ts';

const small = {
  watchers: 6,
  users: 150,
  'watched-by': 3,
  changes: 30,
  'under-way': 8,
  rounds: 1,
};

function flagsOf(settings: Readonly<Record<string, number>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function expectWhole(run: DriveResult | undefined): void {
  expect(run).toMatchObject({ changes: 30, deliveries: 90, missing: 0 });
  expect(run?.cpuUsPerDelivery).toBeGreaterThan(0);
  expect(run?.deliveriesPerSecond).toBeGreaterThan(0);
  expect(run?.latencyMs.p99).toBeGreaterThanOrEqual(run?.latencyMs.p50 ?? Infinity);
}

describe('bench presence', () => {
  it(
    'tells every watcher of every change, beside bare publish, and prints the ratio',
    () => {
      const { status, stdout, stderr } = bench('presence', ...flagsOf(small), '--json', '-');
      expect(stderr).not.toContain('bench:');
      const result = JSON.parse(stdout) as PresenceResult;
      expectPublished(result);
      expect(result).toMatchObject({ bench: 'presence', format: 1, failed: 0 });
      expect(result.watches.count).toBe(150 * 3);
      expect(result.rounds).toHaveLength(1);
      for (const drive of ['paced', 'fullSpeed'] as const) {
        expectWhole(result.rounds[0]?.[drive].gateway);
        expectWhole(result.rounds[0]?.[drive].publish);
        const { gateway, publish } = result.medians[drive];
        const ratio = (gateway?.cpuUsPerDelivery ?? 0) / (publish?.cpuUsPerDelivery ?? 0);
        expect(result.ratio?.[drive].median).toBe(ratio);
        expect(gateway?.behind?.redisCommandsPerChange['publish']).toBeGreaterThan(0.5);
        expect(publish?.behind).toBeNull();
      }
      expect(presenceTableOf(result)).toMatch(/a delivery costs the gateway \d+\.\d\d x bare/);
      expect(status).toBe(0);
    },
    patienceMs,
  );

  it.each([
    [{ 'watched-by': 7, watchers: 6 }, '--watched-by'],
    [{ users: 10, 'under-way': 6 }, 'twice --under-way'],
    [{ rounds: 0 }, 'whole number from 1'],
  ])('refuses %j', (settings, said) => {
    const { status, stdout, stderr } = bench('presence', ...flagsOf(settings));
    expect(stderr).toContain(said);
    expect(stdout).toBe('');
    expect(status).not.toBe(0);
  });
});

describe('the groups of the presence bench', () => {
  it('give each user as many watchers as are asked for, and leave the rest out', () => {
    const settings = {
      watchers: 7,
      users: 10,
      watchedBy: 3,
      changes: 1,
      rate: 1,
      underWay: 1,
      rounds: 1,
    };
    const groups = [0, 1, 2, 3, 4, 5, 6].map((watcher) => groupOfWatcher(settings, watcher));
    expect(groups).toEqual([0, 0, 0, 1, 1, 1, undefined]);
    expect([0, 1, 2].map((user) => groupOfUser(settings, user))).toEqual([0, 1, 0]);
  });
});

describe('deliveries', () => {
  it('count each change at each watcher, several in one message, and nothing that is not theirs', () => {
    const deliveries = new Deliveries(2);
    let whole = 0;
    deliveries.onWhole = () => (whole += 1);
    for (const change of [7, 8]) deliveries.sent(change);
    deliveries.received(Buffer.from(`..${statusOf(7)}..${statusOf(8)}..`));
    deliveries.received(Buffer.from(statusOf(9)));
    expect({ count: deliveries.count, whole }).toEqual({ count: 2, whole: 0 });
    deliveries.received(Buffer.from(statusOf(7)));
    expect({ count: deliveries.count, whole }).toEqual({ count: 3, whole: 1 });
    deliveries.received(Buffer.from(statusOf(7)));
    expect(deliveries.count).toBe(3);
    expect(deliveries.latenciesUs).toHaveLength(3);
  });
});
