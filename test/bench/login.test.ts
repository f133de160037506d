import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { latenciesOf, median } from '../../bench/measure/latencies.ts';
import { readCpuUs, readDescendants, readRssBytes } from '../../bench/measure/process-cpu.ts';
import type { BenchResult, RunResult } from '../../bench/report/result.ts';
import { tableOf } from '../../bench/report/table.ts';
import { bench, patienceMs, startBench } from './run-bench.ts';
import { expectPublished } from './published-schema.ts';
import { until } from '../support/until.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(connections: number): string[] {
  return [
    '--connections',
    String(connections),
    '--warm-up',
    '50',
    '--concurrency',
    '50',
    '--rounds',
    '1',
  ];
}

function expectWhole(run: RunResult | undefined, connections: number): void {
  expect(run).toMatchObject({ loggedIn: connections, failed: 0, failures: {} });
  expect(run?.cpuUsPerLogin).toBeGreaterThan(0);
  expect(run?.redisCpuUsPerLogin).toBeGreaterThan(0);
  expect(run?.loginsPerSecond).toBeGreaterThan(0);
  expect(run?.loginMs.p99).toBeGreaterThanOrEqual(run?.loginMs.p50 ?? Infinity);
  expect(run?.loginMs.p50).toBeGreaterThanOrEqual(run?.answerMs.p50 ?? Infinity);
  expect(Number.isFinite(run?.rssBytesPerConnection)).toBe(true);
}

describe('bench login', () => {
  it(
    'logs everybody in to the gateway and to the floor and prints their ratio',
    () => {
      const { status, stdout, stderr } = bench('login', ...load(200), '--json', '-');
      expect(stderr).not.toContain('bench:');
      const result = JSON.parse(stdout) as BenchResult;
      expectPublished(result);
      expect(result).toMatchObject({ bench: 'login', format: 1, failed: 0, interrupted: false });
      expect(result).toMatchObject({ ratios: { floor: { cpuUsPerLogin: result.ratio?.median } } });
      expect(result.settings).toMatchObject({ connections: 200, rounds: 1, transport: 'uws' });
      expect(result.rounds).toHaveLength(1);
      expectWhole(result.rounds[0]?.gateway, 200);
      expectWhole(result.rounds[0]?.floor, 200);
      const { gateway, floor } = result.medians;
      expect(result.ratio?.median).toBe(
        (gateway?.cpuUsPerLogin ?? 0) / (floor?.cpuUsPerLogin ?? 0),
      );
      expect(Number.isFinite(result.ratio?.median)).toBe(true);
      expect(tableOf(result)).toMatch(/A login costs the gateway \d+\.\d\d x the floor/);
      expect(status).toBe(0);
    },
    patienceMs,
  );

  it(
    'says why logins failed and ends with 1',
    () => {
      const words = ['login', '--no-floor', ...load(100), '--registry', 'memory'];
      const { status, stdout } = bench(...words, '--', '--sockets-max-pending', '10');
      expect(stdout).toMatch(/failed in round 1 at the gateway: http 503 x \d+/);
      expect(status).toBe(1);
    },
    patienceMs,
  );

  it(
    'measures the gateway with webhooks by turns with itself, and what telling costs',
    () => {
      const { status, stdout } = bench('login', '--webhooks', ...load(200), '--json', '-');
      const result = JSON.parse(stdout) as BenchResult;
      const [round] = result.rounds;
      expectWhole(round?.gateway, 200);
      expectWhole(round?.webhooks, 200);
      expect(round?.webhooks?.webhooks?.told).toBeGreaterThanOrEqual(200);
      expect(round?.webhooks?.webhooks?.cpuUsPerWebhook).toBeGreaterThan(0);
      expect(result.ratio).toBeNull();
      expect(result.webhookRatio?.median).toBeGreaterThan(0);
      expect(tableOf(result)).toMatch(/costs a node -?\d+\.\d % more CPU a login/);
      expect(status).toBe(0);
    },
    patienceMs,
  );

  it(
    'measures what audits, probes and health cost by turns with a gateway that has none',
    () => {
      const { status, stdout } = bench('login', '--safety', ...load(100), '--json', '-');
      const result = JSON.parse(stdout) as BenchResult;
      const [round] = result.rounds;
      expectWhole(round?.gateway, 100);
      expectWhole(round?.unguarded, 100);
      expect(result.safetyRatio?.median).toBeGreaterThan(0);
      expect(tableOf(result)).toMatch(/health take -?\d+\.\d % more CPU a login/);
      expect(status).toBe(0);
    },
    patienceMs,
  );

  it(
    'on Ctrl-C ends with 130 and writes the rounds that were whole',
    async () => {
      const file = path.join(folder, 'cut.json');
      const words = ['login', '--no-floor', ...load(50), '--registry', 'memory', '--json', file];
      const run = startBench(...words.toSpliced(words.indexOf('--rounds') + 1, 1, '50'));
      await until('a second round', async () => run.said().includes('round 2 of 50'));
      run.child.kill('SIGINT');
      const { status, stdout } = await run.ended;
      expect(status).toBe(130);
      expect(stdout).toContain('gateway');
      const report = JSON.parse(readFileSync(file, 'utf8')) as BenchResult;
      expectPublished(report);
      expect(report).toMatchObject({ interrupted: true, systems: { gateway: { failures: {} } } });
      expect(report.rounds.length).toBeGreaterThan(0);
    },
    patienceMs,
  );

  it.each([
    [['--connections', 'many'], "argument 'many' is invalid"],
    [['--fail-if', 'login.p99 is bad'], '"login.p99 is bad" is no condition'],
    [['--fail-if', 'kick.p99 > 5'], 'which this bench does not measure. It knows: login.p99'],
    [['--compare', '/nowhere/old.json'], 'is no report of a bench'],
    [['--colour'], 'unknown option'],
  ])('refuses %j before it begins', (words, said) => {
    const { status, stderr, stdout } = bench('login', ...words);
    expect(stderr).toContain(said);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('bench floor', () => {
  it(
    'measures the floor alone, without a ratio',
    () => {
      const { status, stdout } = bench('floor', ...load(100), '--json', '-');
      const result = JSON.parse(stdout) as BenchResult;
      expectWhole(result.rounds[0]?.floor, 100);
      expect(result.rounds[0]?.gateway).toBeUndefined();
      expect(result.ratio).toBeNull();
      expect(status).toBe(0);
    },
    patienceMs,
  );
});

describe('the measures', () => {
  it('take percentiles in milliseconds of samples in microseconds', () => {
    const samplesUs = Array.from({ length: 100 }, (_, i) => (i + 1) * 1000);
    const { p50, p99, max } = latenciesOf(samplesUs);
    expect(p50).toBeCloseTo(50, 0);
    expect(p99).toBeCloseTo(99, 0);
    expect(max).toBeCloseTo(100, 0);
    expect(latenciesOf([])).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 });
  });

  it('take the middle number, or the mean of the middle two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('know the processes that a process has started, and theirs', async () => {
    const shell = spawn('sh', ['-c', 'sleep 60 & sleep 60 & wait']);
    await until('its children', async () => readDescendants(shell.pid ?? 0).length === 2);
    const below = readDescendants(shell.pid ?? 0);
    expect(readDescendants(process.pid)).toEqual(expect.arrayContaining([shell.pid, ...below]));
    for (const pid of below) process.kill(pid, 'SIGKILL');
    await until('the end of the shell', async () => shell.exitCode !== null);
  });

  it('read CPU time and memory of a process from the operating system', () => {
    const before = readCpuUs(process.pid);
    const start = process.cpuUsage();
    while (process.cpuUsage(start).user < 100_000);
    expect(readCpuUs(process.pid) - before).toBeGreaterThan(50_000);
    expect(readRssBytes(process.pid)).toBeGreaterThan(10_000_000);
    expect(() => readCpuUs(2 ** 22 + 1)).toThrow();
  });
});
