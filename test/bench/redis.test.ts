import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RedisResult } from '../../bench/redis/run.ts';
import { redisReport, redisVocabulary } from '../../bench/redis/report.ts';
import { pageOf } from '../../bench/report/page.ts';
import { documentOf, reportFrom } from '../../bench/report/report.ts';
import { summaryOf } from '../../bench/report/summary.ts';
import { until } from '../support/until.ts';
import { expectPublished } from './published-schema.ts';
import { patienceMs, startBench } from './run-bench.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('bench redis', { timeout: patienceMs }, () => {
  const pushes = ['redis', '--parts', 'pushes', '--pushes'];

  it('tells what a push costs the registry, kept and not', async () => {
    const words = [...pushes, '500', '--rounds', '1', '--json', '-'];
    const { status, stdout } = await startBench(...words).ended;
    expect(status).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expectPublished(document);
    const [plain = {}, kept = {}] = (document as RedisResult).pushes.map(
      (run) => run.commandsPerPush,
    );
    // On a slow machine the upkeep of both nodes adds a little to it.
    for (const name of ['evalsha', 'time', 'hgetall', 'publish'])
      expect([plain[name], kept[name]].map((calls) => Math.round(calls ?? 0))).toEqual([1, 1]);
    expect([plain['rpush'], kept['rpush'], kept['expire']]).toEqual([undefined, 1, 1]);
    const { systems } = reportFrom(document);
    expect(Math.floor(systems['push']?.numbers['redisCommandsPerPush'] ?? 0)).toBe(4);
    expect(systems['pushKept']?.numbers['registryCpuUsPerPush']).toBeGreaterThan(0);
  });

  it('on Ctrl-C ends with 130 and writes what was measured', async () => {
    const file = path.join(folder, 'cut.json');
    const run = startBench(...pushes, '50', '--rounds', '50', '--json', file);
    await until('a second round', async () => run.said().includes('pushes 2:'));
    run.child.kill('SIGINT');
    const { status, stdout } = await run.ended;
    expect(status).toBe(130);
    expect(stdout).toContain('interrupted: this is what was measured so far');
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expectPublished(document);
    expect(document).toMatchObject({ interrupted: true, systems: { push: {}, pushKept: {} } });
  });
});

describe('the report of bench redis', () => {
  const settings = {
    parts: ['memory', 'failovers', 'calls', 'pushes'],
    rounds: 2,
    pushes: 9,
  } as const;
  const memory = [64, 256].flatMap((listpackValue) =>
    [1, 3].map((sessionsPerUser) => ({
      listpackValue,
      sessionsPerUser,
      bytesPerUser: 600,
      bytesPerSession: 600 / sessionsPerUser,
    })),
  );
  const failover = { isFenced: true, fault: 'kill', staleWrites: 0, staleTries: 0 } as const;
  const pause = { ...failover, fault: 'pause', staleWrites: 3, staleTries: 9 } as const;
  const times = { writableMs: 2300, firstLoginMs: 2400, refused: 5 };
  const push = { cpuUsPerPush: 9, redisCpuUsPerPush: 11, commandsPerPush: { evalsha: 1, time: 1 } };
  const report = redisReport(
    {
      memory,
      failovers: [
        { ...failover, ...times },
        { ...failover, ...times, firstLoginMs: 3400 },
        { ...pause, ...times },
        { ...pause, ...times, isFenced: false },
      ],
      calls: [
        { topology: 'standalone', cpuUsPerLogin: 8 },
        { topology: 'cluster', cpuUsPerLogin: 20 },
        { topology: 'cluster', cpuUsPerLogin: 24 },
      ],
      pushes: [
        { ...push, isKept: false },
        { ...push, isKept: true },
      ],
    },
    { settings, command: 'npm run bench -- redis', redisVersion: '7.0', interrupted: false },
  );

  it('has every number and time that conditions may ask for, and no other', () => {
    expectPublished(JSON.parse(JSON.stringify(documentOf(report))));
    const { systems, latencies, numbers } = redisVocabulary(settings.parts);
    expect(Object.keys(report.systems).toSorted()).toEqual([...systems].toSorted());
    const all = Object.values(report.systems);
    const found = new Set(all.flatMap((one) => Object.keys(one.numbers)));
    expect([...found].toSorted()).toEqual([...numbers].toSorted());
    expect(Object.keys(report.systems['killFenced']?.latencies ?? {})).toEqual(latencies);
  });

  it('has medians and all times of the failovers, one beneath the other for people', () => {
    expect(report.systems['cluster']?.numbers['registryCpuUsPerLogin']).toBe(22);
    const { refused, staleWrites } = report.systems['pauseUnfenced']?.numbers ?? {};
    expect({ refused, staleWrites }).toEqual({ refused: 5, staleWrites: 3 });
    expect(report.systems['killFenced']?.latencies['firstLogin']).toMatchObject({ count: 2 });
    const text = summaryOf(report);
    expect(text).toMatch(/threeSessions: memory of Redis, bytes a session +200\n/);
    expect(pageOf(report)).not.toMatch(/NaN|undefined|Infinity/);
    expect(pageOf(report)).toContain('<td>threeSessions: memory of Redis, bytes a session</td>');
    expect(text).toMatch(/killFenced: first login, from the fault on +24\d\d\.\d /);
  });
});
