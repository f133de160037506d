import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { LatencyReport } from '../../bench/measure/histogram.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { expectPublished } from './published-schema.ts';
import { bench, patienceMs, startBench } from './run-bench.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Document {
  readonly failed: number;
  readonly interrupted: boolean;
  readonly warnings: readonly string[];
  readonly systems: {
    readonly gateway: Readonly<Record<string, number | null>> & {
      readonly latencies: Readonly<Record<string, LatencyReport>>;
      readonly seconds: readonly { readonly done: number; readonly rssBytes: number | null }[];
    };
  };
}

function read(text: string): Document {
  const document = JSON.parse(text) as Document;
  expectPublished(document);
  return document;
}

/** Runs a scenario that must go well. */
async function measure(...words: readonly string[]): Promise<Document['systems']['gateway']> {
  const [scenario = '', ...flags] = words;
  const { status, stdout, stderr } = await startBench(scenario, '--json', '-', ...flags).ended;
  expect(stderr).toBe('');
  const document = read(stdout);
  expect(document).toMatchObject({ failed: 0, interrupted: false });
  expect(status).toBe(0);
  return document.systems.gateway;
}

/** How many have logged in at a gateway, by its own count. */
async function loginsAt({ adminUrl }: GatewayProcess): Promise<number> {
  const text = await (await fetch(new URL('/metrics', adminUrl))).text();
  return Number(/^gatehouse_logins_total (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** The process id of that child of a process that runs a script with this name. */
async function childOf(pid: number, script: string): Promise<number> {
  let found = 0;
  await until(`a child that runs ${script}`, async () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const isIt = (child: string): boolean =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(script);
    found = Number(children.find(isIt));
    return found > 0;
  });
  return found;
}

const quick = ['--drain-window-s', '1', '--drain-reconnect-spread-s', '1'];
const pace = ['--rate', '60', '--duration', '2', '--warm-up', '20'];

describe.concurrent('the scenarios', { timeout: patienceMs }, () => {
  it('login: everybody logs in at the rate and stays', async () => {
    const file = (ending: string): string => path.join(folder, `storm.${ending}`);
    const outputs = ['csv', 'html', 'hgrm'].flatMap((kind) => [`--${kind}`, file(kind)]);
    const gateway = await measure('login', ...pace, '--registry', 'memory', ...outputs);
    expect(gateway).toMatchObject({ connections: 140, latencies: { login: { count: 120 } } });
    expect(gateway['cpuUsPerOperation']).toBeGreaterThan(0);
    expect(gateway['loopDelayMaxMs']).toBeGreaterThan(0);
    expect(gateway.seconds.reduce((sum, { done }) => sum + done, 0)).toBe(120);
    expect(gateway.seconds.some(({ rssBytes }) => (rssBytes ?? 0) > 1e7)).toBe(true);
    expect(readFileSync(file('csv'), 'utf8')).toContain('login,gateway,login,count,,120');
    expect(readFileSync(file('html'), 'utf8')).toContain('Memory of the gateways');
    expect(readFileSync(path.join(folder, 'storm-gateway-login.hgrm'), 'utf8')).toContain('120');
  });

  it('kick: each older session on the other node is told, none is lost', async () => {
    const gateway = await measure('kick', ...pace);
    expect(gateway).toMatchObject({ kicks: 120, kicksLost: 0 });
    expect(gateway.latencies['kick']?.count).toBe(120);
    expect(gateway['redisCommandsPerOperation']).toBeGreaterThan(1);
  });

  it('push: each push is at the socket of its user, once; profiled, each node has its flame graph', async () => {
    const profiles = path.join(folder, 'profiles');
    const words = ['push', ...pace, '--connections', '50', '--bytes', '2000'];
    const gateway = await measure(...words, '--profile', profiles);
    const files = ['cpuprofile', 'svg'].flatMap((kind) => [`node-1.${kind}`, `node-2.${kind}`]);
    expect(readdirSync(profiles).toSorted()).toEqual(files.toSorted());
    expect(readFileSync(path.join(profiles, 'node-1.svg'), 'utf8')).toContain('push, node 1: ');
    expect(gateway).toMatchObject({ pushes: 120, deliveries: 120 });
    expect(gateway).toMatchObject({ pushesLost: 0, pushesDoubled: 0 });
    expect(gateway.latencies['push']?.count).toBe(120);
    expect(gateway.latencies['accepted']?.count).toBe(120);
    // EVALSHA, TIME, HGETALL and PUBLISH at the least.
    expect(gateway['redisCommandsPerOperation']).toBeGreaterThanOrEqual(4);
    expect(gateway['cpuUsPerOperation']).toBeGreaterThan(0);
  });

  it('churn: everybody leaves again', async () => {
    const gateway = await measure('churn', ...pace, '--stay', '200');
    expect(gateway).toMatchObject({ connections: 0, latencies: { login: { count: 120 } } });
    expect(gateway.latencies['logout']?.count).toBeGreaterThanOrEqual(120);
  });

  it('soak: some stay while others come and go, and memory is watched', async () => {
    const gateway = await measure('soak', ...pace, '--connections', '30', '--stay', '100');
    expect(gateway).toMatchObject({ connections: 30, latencies: { login: { count: 120 } } });
    expect(gateway).toHaveProperty('rssGrowthBytesPerMinute');
  });

  it('expiry: everybody is told', async () => {
    const gateway = await measure('expiry', '--connections', '100');
    expect(gateway).toMatchObject({ expired: 100, expiryMissing: 0 });
    expect(gateway.latencies['expiry']?.count).toBe(100);
  });

  it('idle: looks at memory and CPU of sessions that do nothing', async () => {
    const words = ['--connections', '100', '--warm-up', '50', '--duration', '1'];
    const gateway = await measure('idle', ...words);
    expect(gateway).toMatchObject({ connections: 100 });
    expect(gateway['idleCores']).toBeGreaterThan(0);
    expect(Number.isFinite(gateway['rssBytesPerConnection'])).toBe(true);
    expect(gateway).not.toHaveProperty('cpuUsPerOperation');
  });

  it('reconnect: the clients of a killed node come back at the other', async () => {
    const words = ['--connections', '100', '--spread', '300'];
    const gateway = await measure('reconnect', ...words);
    expect(gateway).toMatchObject({ affected: 50, back: 50, connections: 100 });
    expect(gateway['back99Ms']).toBeGreaterThan(0);
  });

  it('million: all are in on as many gateways as it takes, and kicks and presence work among them', async () => {
    const words = ['--connections', '400', '--sample', '20', '--watchers', '3', '--duration', '1'];
    const gateway = await measure('million', ...words);
    expect(gateway).toMatchObject({ connections: 400, sessions: 400, kicks: 20, kicksLost: 0 });
    // A user that comes and one that goes, of 20, to each of the watchers.
    expect(gateway).toMatchObject({
      presenceTold: 120,
      presenceLost: 0,
      reregistered: 0,
      audits: 0,
    });
    expect(gateway.latencies['presence']?.count).toBe(120);
    expect(gateway.latencies['login']?.count).toBe(400);
    const memory = ['gatewayBytes', 'redisBytes', 'generatorBytes', 'leastFreeBytes'];
    for (const name of [...memory, 'idleCores', 'redisCommandsPerSecond', 'cpuUsPerLogin'])
      expect(gateway[name], name).toBeGreaterThan(0);
    // Where the system allows it, Redis goes first.
    expect(gateway['redisNice']).toBeLessThanOrEqual(os.getPriority());
  });

  it('million: ends before the memory of the machine does, and says how far it came', async () => {
    const words = ['--connections', '400', '--keep-free', '100000000', '--json', '-'];
    const { status, stdout } = await startBench('million', ...words).ended;
    const { systems, warnings, failed } = read(stdout);
    expect({ status, failed }).toEqual({ status: 1, failed: 1 });
    expect(warnings.join()).toMatch(/stopped at \d+ connections: .*\(--keep-free\)/);
    expect(systems.gateway['leastFreeBytes']).toBeGreaterThan(0);
    expect(systems.gateway['idleCores']).toBeNull();
  });

  it('drain: the clients of a node that leaves are told and come back', async () => {
    const gateway = await measure('drain', '--connections', '50', '--', ...quick);
    expect(gateway).toMatchObject({ affected: 25, back: 25, untold: 0 });
    expect(gateway.latencies['told']?.count).toBe(25);
  });
});

describe('a gate', { timeout: patienceMs }, () => {
  it('ends with 99 when its condition is met, and says by what', () => {
    const old = path.join(folder, 'old.json');
    const words = ['login', ...pace, '--registry', 'memory'];
    expect(bench(...words, '--json', old).status).toBe(0);
    const met = bench(...words, '--compare', old, '--fail-if', 'login.p99 > 0.001ms');
    expect(met.stderr).toMatch(/condition met: login\.p99 > 0\.001ms: it is \d/);
    expect(met.stdout).toMatch(/login, from when it was due or began: p99, ms +\d.* %/);
    expect(met.status).toBe(99);
    const open = bench(...words, '--fail-if', 'login.p99 > 3600000', '--fail-if', 'failed > 0');
    expect(open.status).toBe(0);
  });

  it.each([
    [['kick', '--fail-if', 'logout.p99 > 5'], 'does not measure. It knows: kick.p99'],
    [['kick', '--nodes', '1'], '--nodes 2 at least'],
    [['push', '--to', 'all', '--duration', '300'], '100 times a day'],
    [['push', '--url', 'ws://127.0.0.1:1', '--app', '1:a'], 'needs --admin-url'],
    [['million', '--url', 'ws://127.0.0.1:1'], 'starts its own'],
    [['million', '--connections', '9000000000'], 'raise'],
    [['login', '--url', 'ws://127.0.0.1:1'], 'needs --app'],
    [['login', '--url', 'https://h/', '--app', '1:a'], 'wss://example.com/gate'],
    [['login', '--rate', '0'], 'must be a number above 0'],
    [['churn', '--sources', '300'], '--sources may be 250'],
    [['login', '--rate', '5', '--registry', 'memory', '--nodes', '2'], 'registry in Redis'],
  ])('refuses %j before it begins', (words, said) => {
    const { status, stderr, stdout } = bench(...words);
    expect(stderr).toContain(said);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

describe('a run against a gateway of its own', { timeout: patienceMs }, () => {
  const app = `1400000001:${'0b'.repeat(32)}`;

  it('counts a stop of the gateway in the latencies of all that were due meanwhile', async () => {
    const gateway = await GatewayProcess.start({ flags: ['--app', app] });
    try {
      const file = path.join(folder, 'stopped.json');
      const target = ['--url', gateway.url, '--app', app, '--json', file];
      const run = startBench(
        'login',
        ...target,
        '--rate',
        '100',
        '--duration',
        '4',
        '--warm-up',
        '0',
      );
      await until('some logins', async () => (await loginsAt(gateway)) >= 20);
      gateway.signal('SIGSTOP');
      await delay(1000);
      gateway.signal('SIGCONT');
      const { status, stdout } = await run.ended;
      const { login } = read(readFileSync(file, 'utf8')).systems.gateway.latencies;
      // Who sends the next when the last is answered would have sent one login into the stop; here 100 were due in it.
      expect(login?.p99).toBeGreaterThan(700);
      expect(login?.p90).toBeGreaterThan(200);
      expect(login?.count).toBe(400);
      expect(status).toBe(0);
      expect(stdout + readFileSync(file, 'utf8')).not.toContain('0b0b');
    } finally {
      await gateway.kill();
    }
  });

  it('counts from when a login was due, not from when it left, and warns of a late generator', async () => {
    const words = ['--rate', '50', '--duration', '3', '--warm-up', '0', '--registry', 'memory'];
    const run = startBench('login', ...words, '--json', '-');
    const generator = await childOf(run.child.pid ?? 0, 'load/agent.js');
    await until('its connections', async () => readdirSync(`/proc/${generator}/fd`).length > 40);
    process.kill(generator, 'SIGSTOP');
    await delay(1000);
    process.kill(generator, 'SIGCONT');
    const { stdout } = await run.ended;
    const { warnings, systems } = JSON.parse(stdout) as Document;
    expect(systems.gateway.latencies['login']?.max).toBeGreaterThan(800);
    expect(warnings.join()).toMatch(
      /the load generator was the bottleneck: it sent 1 % .* \d+ ms late/,
    );
  });

  it('on Ctrl-C writes what came so far and ends with 130', async () => {
    const file = path.join(folder, 'cut.json');
    const words = ['login', '--rate', '50', '--duration', '60', '--warm-up', '0'];
    const run = startBench(...words, '--registry', 'memory', '--json', file);
    await until('some logins', async () => /measures: [1-9]\d+ of 3000/.test(run.said()));
    run.child.kill('SIGINT');
    const { status, stdout } = await run.ended;
    expect(status).toBe(130);
    expect(stdout).toContain('interrupted: this is what was measured so far');
    const document = read(readFileSync(file, 'utf8'));
    expect(document.interrupted).toBe(true);
    expect(document.systems.gateway.latencies['login']?.count).toBeGreaterThan(0);
    expect(document.systems.gateway['cpuUsPerOperation']).toBeGreaterThan(0);
  });
});
