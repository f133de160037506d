import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Deliveries, statusOf } from '../../bench/presence/deliveries.ts';
import { groupOfUser, groupOfWatcher } from '../../bench/presence/groups.ts';
import type { DriveResult, PresenceResult } from '../../bench/presence/result.ts';
import { reportFrom } from '../../bench/report/report.ts';
import { summaryOf } from '../../bench/report/summary.ts';
import { until } from '../support/until.ts';
import { bench, patienceMs, startBench } from './run-bench.ts';
import { expectPublished } from './published-schema.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

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

function expectRounds(result: PresenceResult): void {
  expect(result.watches.count).toBe(150 * 3);
  expect(result.rounds).toHaveLength(1);
  for (const drive of ['paced', 'fullSpeed'] as const) {
    expectWhole(result.rounds[0]?.[drive].gateway);
    expectWhole(result.rounds[0]?.[drive].publish);
    const { gateway, publish } = result.rounds[0]?.[drive] ?? {};
    expect(gateway?.behind?.redisCommandsPerChange['publish']).toBeGreaterThan(0.5);
    expect(publish?.behind).toBeNull();
  }
}

describe.concurrent('bench presence', () => {
  it(
    'tells every watcher of every change, beside bare publish, and writes all there is to write',
    async () => {
      const file = (ending: string): string => path.join(folder, `presence.${ending}`);
      const outputs = ['csv', 'html', 'hgrm'].flatMap((kind) => [`--${kind}`, file(kind)]);
      const gate = ['--fail-if', 'deliveryFullSpeed.count < 90', '--fail-if', 'frameBytes > 9'];
      const words = [...flagsOf(small), '--json', '-', ...outputs, ...gate];
      const { status, stdout, stderr } = await startBench('presence', ...words).ended;
      expect(stderr).toMatch(/^bench: condition met: frameBytes > 9: it is \d+\n$/);
      expect(status).toBe(99);
      const document: unknown = JSON.parse(stdout);
      expectPublished(document);
      const report = reportFrom(document);
      const result = document as PresenceResult;
      expect(report).toMatchObject({ bench: 'presence', failed: 0, interrupted: false });
      expectRounds(result);
      const { gateway, publish } = report.systems;
      for (const name of ['cpuUsPerDelivery', 'cpuUsPerDeliveryFullSpeed', 'deliveriesPerSecond']) {
        const ratio = (gateway?.numbers[name] ?? 0) / (publish?.numbers[name] ?? 0);
        expect(report.ratios['publish']?.[name]).toBe(ratio);
      }
      expect(gateway?.latencies['delivery']?.count).toBe(90);
      expect(gateway?.numbers['redisCommandsPerChange']).toBeGreaterThan(3);
      expect(summaryOf(report)).toMatch(/us a delivery +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d\n/);
      expect(readFileSync(file('csv'), 'utf8')).toContain('presence,publish,delivery,count,,90');
      expect(readFileSync(file('html'), 'utf8')).toContain('publish delivery');
      expect(readFileSync(path.join(folder, 'presence-gateway-delivery.hgrm'), 'utf8')).toContain(
        'Total count    =           90',
      );
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

  it(
    'on Ctrl-C ends with 130 and writes the rounds that were whole',
    async () => {
      const file = path.join(folder, 'cut.json');
      const words = flagsOf({ ...small, changes: 8, rounds: 50 });
      const run = startBench('presence', '--no-floor', ...words, '--json', file);
      await until('a second round', async () => run.said().includes('round 2 of 50'));
      run.child.kill('SIGINT');
      const { status, stdout } = await run.ended;
      expect(status).toBe(130);
      expect(stdout).toContain('interrupted: this is what was measured so far');
      const document = JSON.parse(readFileSync(file, 'utf8')) as PresenceResult;
      expectPublished(document);
      expect(document).toMatchObject({ interrupted: true, ratios: {} });
      expect(document.rounds.length).toBeGreaterThan(0);
    },
    patienceMs,
  );
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
