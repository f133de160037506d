import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseEvent } from '../../gateway/registry/redis/event-text.ts';
import { app, Deployment, type DeploymentOptions, type Member } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const patient = { timeout: 15_000, interval: 20 };
const fast = ['--redis-lease-s', '2', '--redis-command-timeout-ms', '500'];
/** Events are kept for a back end that nobody tells. */
const kept = [
  '--webhooks-url',
  'http://example.com/',
  '--webhooks-token',
  'canary-token',
  '--webhooks-keep-only',
];

describe('node that fails', () => {
  let deployment: Deployment;
  const extra: GatewayProcess[] = [];
  afterEach(async () => {
    await Promise.all(extra.splice(0).map((node) => node.kill()));
    await deployment.stop();
  });

  function start(options: DeploymentOptions = {}): Promise<Deployment> {
    return Deployment.start({ ...options, flags: [...fast, ...kept, ...(options.flags ?? [])] });
  }
  async function members(node: GatewayProcess, prefix: string, count: number): Promise<Member[]> {
    const users = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
    return Promise.all(users.map((user) => deployment.member(node, user, { platform: 'ios' })));
  }
  const idsOf = (list: readonly Member[]): string[] =>
    list.map(({ session }) => session.sessionId).sort();

  /** Every sessionId in Redis, whoever's. */
  async function registered(): Promise<string[]> {
    const users = (await deployment.redis.call('KEYS', '*:user:*')) as string[];
    const fields = await Promise.all(users.map((key) => deployment.redis.call('HGETALL', key)));
    return (fields as string[][])
      .flatMap((flat) => flat.filter((_, i) => flat[i - 1]?.startsWith('s:')))
      .map((record) => record.split(' ')[0] ?? '')
      .sort();
  }
  async function sweptIds(): Promise<string[]> {
    const streams = (await deployment.redis.call('KEYS', '*:events:*')) as string[];
    const entries = await Promise.all(
      streams.map((stream) => deployment.redis.call('XRANGE', stream, '-', '+')),
    );
    return (entries.flat() as [string, string[]][])
      .flatMap(([, fields]) => parseEvent(app.sdkAppId, fields[1] ?? '') ?? [])
      .filter(({ kind }) => kind === 'timedOut')
      .map(({ sessionId }) => sessionId)
      .sort();
  }

  it('is swept after kill -9: each of its sessions once, and nobody else', async () => {
    deployment = await start();
    const [dead, live] = [
      await members(deployment.a, 'dead', 60),
      await members(deployment.b, 'live', 40),
    ];
    await deployment.a.kill();
    await vi.waitFor(async () => expect(await registered()).toEqual(idsOf(live)), patient);
    expect(await sweptIds()).toEqual(idsOf(dead));
    expect(live.every(({ client }) => client.isOpen && client.unread.length === 0)).toBe(true);
  });

  it('lets its users in elsewhere at once after kill -9', async () => {
    deployment = await start({ flags: ['--policy', 'single'] });
    await members(deployment.a, 'moving', 20);
    await deployment.a.kill();
    const moved = await members(deployment.b, 'moving', 20);
    await vi.waitFor(
      async () => expect(await deployment.redis.call('ZCARD', 'gatehouse:nodes')).toBe(1),
      patient,
    );
    expect(await registered()).toEqual(idsOf(moved));
    expect(moved.every(({ client }) => client.isOpen)).toBe(true);
    expect(await sweptIds()).toEqual([]);
  });

  it('ends what was superseded while it stood still, and keeps the rest', async () => {
    deployment = await start({ flags: ['--policy', 'single'] });
    const { a, b } = deployment;
    const moved = await members(a, 'moved', 20);
    const sameDevice = await members(a, 'same', 20);
    const stay = await members(a, 'stay', 20);
    a.signal('SIGSTOP');
    await vi.waitFor(async () => expect(await registered()).toEqual([]), patient);
    const newer = await members(b, 'moved', 20);
    const again = await Promise.all(
      sameDevice.map(({ login }) => deployment.member(b, login.userId, login)),
    );
    a.signal('SIGCONT');
    expect(await Promise.all(moved.map(({ client }) => client.closed()))).toEqual(
      Array(20).fill(4500),
    );
    for (const { client } of moved) {
      expect(await client.next('kicked')).toMatchObject({ byPlatform: 'ios' });
    }
    await Promise.all(sameDevice.map(({ client }) => client.closed()));
    const live = [...stay, ...newer, ...again];
    await vi.waitFor(async () => expect(await registered()).toEqual(idsOf(live)), patient);
    expect(live.every(({ client }) => client.isOpen && client.unread.length === 0)).toBe(true);
    expect(stay.length + newer.length + again.length).toBe(60);
  });

  it('is another node when it starts again under its name', async () => {
    deployment = await start({ nodes: 1 });
    const before = await members(deployment.a, 'before', 20);
    await deployment.a.kill();
    const reborn = await GatewayProcess.start({
      flags: ['--redis', deployment.redis.url, '--node-name', 'a', ...fast, ...kept],
      env: deployment.env,
    });
    extra.push(reborn);
    const after = await members(reborn, 'after', 20);
    const back = await Promise.all(
      before.slice(0, 10).map(({ login }) => deployment.member(reborn, login.userId, login)),
    );
    const live = [...after, ...back];
    await vi.waitFor(async () => expect(await registered()).toEqual(idsOf(live)), patient);
    expect(await sweptIds()).toEqual(idsOf(before.slice(10)));
    expect(live.every(({ client }) => client.isOpen && client.unread.length === 0)).toBe(true);
  });

  it('keeps its sockets and its sessions when Redis is killed and comes back empty', async () => {
    deployment = await start();
    const [a, b] = [await members(deployment.a, 'a', 50), await members(deployment.b, 'b', 50)];
    await deployment.redis.restart();
    await vi.waitFor(async () => expect(await registered()).toEqual(idsOf([...a, ...b])), patient);
    expect([...a, ...b].every(({ client }) => client.isOpen && client.unread.length === 0)).toBe(
      true,
    );
    expect(await sweptIds()).toEqual([]);
  });

  it('gives its lease back when it drains and holds nothing for its clients', async () => {
    deployment = await start({ flags: ['--presence-hold-s', '0'] });
    await members(deployment.a, 'a', 5);
    deployment.a.signal('SIGTERM');
    expect(await deployment.a.ended()).toBe(0);
    const nodes = (await deployment.redis.call('ZRANGE', 'gatehouse:nodes', 0, -1)) as string[];
    expect(nodes.map((node) => node.split('-')[0])).toEqual(['b']);
    expect(await registered()).toEqual([]);
    expect(await sweptIds()).toEqual([]);
  });
});
