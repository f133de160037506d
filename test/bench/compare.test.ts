import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEjabberd, ejabberd } from '../../bench/compare/ejabberd.ts';
import { installPeers } from '../../bench/compare/install-peers.ts';
import { dialogues } from '../../bench/generator/dialogue.ts';
import { LoginSocket, type LoginListener } from '../../bench/generator/login-socket.ts';
import type { MeasuredProcess } from '../../bench/measure/measured-process.ts';
import { readCpuUs, readRssBytes } from '../../bench/measure/process-cpu.ts';
import { dieWithParent } from '../support/die-with-parent.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { expectPublished } from './published-schema.ts';
import { patienceMs, startBench } from './run-bench.ts';

// The first time it needs the registry; a machine without one can still compare what is ours.
const peers = installPeers();
const xmpp = ejabberd.problem() === undefined;
const app = { sdkAppId: 1_400_000_001, secret: 'ab'.repeat(32) };
const small = ['--connections', '60', '--warm-up', '20', '--rounds', '1', '--concurrency', '20'];

interface Document {
  readonly systems: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly failed: number;
}

/** Numbers of the first system by those of each other. */
function expectRatios({ systems, ratios }: Document): void {
  const [first = '', ...others] = Object.keys(systems);
  expect(Object.keys(ratios)).toEqual(others);
  for (const other of others) {
    for (const name of ['cpuUsPerLogin', 'rssBytesPerConnection']) {
      const [over, under] = [systems[first]?.[name] ?? 0, systems[other]?.[name] ?? 0];
      expect(ratios[other]?.[name]).toBe(over / under);
    }
  }
}

describe('bench compare', { timeout: patienceMs }, () => {
  it('measures every system at the same work and holds the first against the others', async () => {
    const { status, stdout, stderr } = await startBench('compare', ...small, '--json', '-').ended;
    const report = JSON.parse(stdout) as Document;
    expectPublished(report);
    const ours = ['gatehouseUws', 'gatehouseHandshake', 'gatehouseWs', 'floor'];
    const hasSocketio = peers.kind === 'installed';
    const there = [...ours, ...(hasSocketio ? ['socketio'] : []), ...(xmpp ? ['ejabberd'] : [])];
    expect(Object.keys(report.systems)).toEqual(there);
    if (!hasSocketio) expect(stderr).toContain('socketio is left out: npm ci');
    if (!xmpp) expect(stderr).toMatch(/ejabberd is left out: .* \(apt-get install ejabberd/);
    for (const name of there) {
      const { cpuUsPerLogin, loginsPerSecond, rssBytesPerConnection } = report.systems[name] ?? {};
      expect(cpuUsPerLogin).toBeGreaterThan(0);
      expect(loginsPerSecond).toBeGreaterThan(0);
      expect(Number.isFinite(rssBytesPerConnection)).toBe(true);
    }
    expectRatios(report);
    expect(report.failed).toBe(0);
    expect(status).toBe(0);
  });

  it('begins each round with another system', async () => {
    const words = ['--systems', 'gatehouseUws', 'floor', '--rounds', '2'];
    const { stdout, stderr } = await startBench('compare', ...small, ...words).ended;
    const turns = [...stderr.matchAll(/^(round \d) of 2, (\w+): warm-up$/gm)];
    expect(turns.map(([, round, name]) => `${round} ${name}`)).toEqual([
      'round 1 gatehouseUws',
      'round 1 floor',
      'round 2 floor',
      'round 2 gatehouseUws',
    ]);
    expect(stdout).toMatch(/gatehouseUws +floor +by floor/);
  });

  it('refuses a system it does not know', async () => {
    const { status, stderr } = await startBench('compare', '--systems', 'carrier-pigeon').ended;
    expect(stderr).toContain('gatehouseUws, gatehouseHandshake, gatehouseWs, floor');
    expect(status).toBe(2);
  });
});

describe.skipIf(peers.kind === 'unavailable')('the peer on socket.io', () => {
  let redis: RedisServer;
  const nodes: { readonly child: ChildProcess; readonly port: number }[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    for (let i = 0; i < 2; i++) nodes.push(await startNode(redis.url));
  });
  afterAll(async () => {
    for (const { child } of nodes) child.kill('SIGKILL');
    await redis.stop();
  });

  it('keeps a record of a session and ends an older one of the user on the other node', async () => {
    const older = await logIn('alice', nodes[0]?.port ?? 0);
    expect(older.said).toEqual(['in']);
    expect(await redis.cli('KEYS', 'session:*')).toBe('session:1400000001:alice:android');
    const first = await redis.cli('GET', 'session:1400000001:alice:android');
    const newer = await logIn('alice', nodes[1]?.port ?? 0);
    await until('the end of the older session', async () => older.said.includes('lost'));
    expect(older.said).toEqual(['in', '42["kicked",{"code":6208}]', '41', 'lost']);
    expect(newer.said).toEqual(['in']);
    const second = await redis.cli('GET', 'session:1400000001:alice:android');
    expect(second).not.toBe(first);
    expect(second).not.toBe('');
    newer.socket.cut();
  });

  it('refuses a ticket that another key has signed', async () => {
    const { said } = await logIn('mallory', nodes[0]?.port ?? 0, 'cd'.repeat(32));
    expect(said).toEqual(['failed: refused']);
  });
});

async function startNode(redisUrl: string): Promise<{ child: ChildProcess; port: number }> {
  const folder = peers.kind === 'installed' ? peers.folder : '';
  const script = [`${folder}socketio.mjs`, '--app', `${app.sdkAppId}:${app.secret}`];
  const [program = '', ...words] = [...dieWithParent(), process.execPath, ...script];
  const child = spawn(program, [...words, '--redis', redisUrl], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = (await once(createInterface({ input: child.stderr }), 'line')) as [string];
  const { url } = JSON.parse(line) as { readonly url: string };
  return { child, port: Number(new URL(url).port) };
}

describe('the peer that Debian has', () => {
  it('is looked for where its packages put it, and missed with a word of advice', () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'gatehouse-peer-'));
    const advice = '(apt-get install ejabberd erlang-redis-client)';
    expect(findEjabberd(root)).toBe(`it is not installed ${advice}`);
    const libs = path.join(root, 'some-arch');
    for (const version of ['22.10', '23.01']) {
      mkdirSync(path.join(libs, `ejabberd-${version}-1/ebin`), { recursive: true });
      writeFileSync(path.join(libs, `ejabberd-${version}-1/ebin/ejabberd.beam`), '');
    }
    expect(findEjabberd(root)).toBe(`it cannot keep sessions in Redis ${advice}`);
    mkdirSync(path.join(root, 'erlang/lib/eredis-1.2.0'), { recursive: true });
    expect(findEjabberd(root)).toEqual({ libs, version: '23.01' });
    rmSync(root, { recursive: true });
  });
});

describe.skipIf(!xmpp)('the peer on ejabberd', { timeout: patienceMs }, () => {
  let redis: RedisServer;
  let node: MeasuredProcess;

  beforeAll(async () => {
    redis = await startRedis();
    node = await ejabberd.start({ app, redisUrl: redis.url, folder: redis.folder });
  }, patienceMs);
  afterAll(async () => {
    await node.kill();
    await redis.stop();
  });

  it('keeps a record of a session in Redis and ends an older one of the user', async () => {
    const older = await logIn('alice', node.port, app.secret, 'xmpp');
    expect(older.said).toEqual(['in']);
    expect(await redis.cli('KEYS', '*')).toContain('ejabberd:sm:alice@bench');
    const newer = await logIn('alice', node.port, app.secret, 'xmpp');
    await until('the end of the older session', async () => older.said.includes('lost'));
    expect(older.said[1]).toContain('<conflict ');
    expect(newer.said).toEqual(['in']);
    newer.socket.cut();
  });

  it('refuses a ticket that another key has signed', async () => {
    const { said } = await logIn('mallory', node.port, 'cd'.repeat(32), 'xmpp');
    expect(said).toEqual(['failed: refused']);
  });

  it('is measured with all that it has started', async () => {
    // Of the program that starts it 60 MB at the most; Erlang takes the rest.
    expect(node.rssBytes).toBeGreaterThan(readRssBytes(node.pid) + 30_000_000);
    expect(node.cpuUs).toBeGreaterThan(readCpuUs(node.pid));
    expect((await node.memory()).heapUsedBytes).toBeGreaterThan(10_000_000);
  });
});

/** Logs in by the dialogue of the bench; resolves when that has gone one way or the other. */
async function logIn(
  userId: string,
  port: number,
  secret = app.secret,
  kind: 'socketio' | 'xmpp' = 'socketio',
): Promise<{ said: string[]; socket: LoginSocket }> {
  const said: string[] = [];
  const listener: LoginListener = {
    loggedIn: () => void said.push('in'),
    failed: (_, why) => void said.push(`failed: ${why}`),
    lost: () => void said.push('lost'),
    received: (_, payload) => void said.push(payload.toString()),
  };
  const message = dialogues[kind].messageOf({ ...app, secret }, userId);
  const socket = new LoginSocket(message, listener, dialogues[kind]);
  socket.open({ host: '127.0.0.1', port }, undefined);
  await until('an answer', async () => said.length > 0);
  return { said, socket };
}
