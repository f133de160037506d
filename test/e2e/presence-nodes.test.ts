import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Frame } from '../../protocol/frames.ts';
import { Deployment, type Member } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { kinds } from '../transport/harness.ts';

const patient = { timeout: 15_000, interval: 50 };

async function watch({ client }: Member, ...userIds: string[]): Promise<Frame<'watching'>> {
  const reply = await client.request({ name: 'watch', userIds, sdkAppId: 0 });
  if (reply.name !== 'watching') throw new Error(JSON.stringify(reply));
  return reply;
}

/** The next change of the user that a watcher is told: state, platforms, custom status. */
async function change({ client }: Member, userId: string): Promise<readonly unknown[]> {
  for (;;) {
    const { statuses } = await client.next('statusChanged');
    const found = statuses.find(([id]) => id === userId);
    if (found !== undefined) return found.slice(1, 4);
  }
}

/** All that a watcher is told of the user, until it is this state. */
async function changesUntil(watcher: Member, userId: string, state: string): Promise<unknown[]> {
  const states: unknown[] = [];
  while (states.at(-1) !== state) states.push((await change(watcher, userId))[0]);
  return states;
}

/** Waits until the node takes logins and has nothing left to make up for. */
function isAudited(node: GatewayProcess): Promise<void> {
  return vi.waitFor(async () => {
    const health = await (await fetch(`${node.adminUrl}/readyz`)).json();
    expect(health).toMatchObject({ ready: true, registry: { auditing: false } });
  }, patient);
}

describe.each(kinds)('presence over two nodes, on %s', (transport) => {
  let deployment: Deployment;
  beforeAll(async () => {
    const flags = ['--transport', transport, '--policy', 'multi', '--presence-hold-s', '2'];
    deployment = await Deployment.start({ flags });
  });
  afterAll(() => deployment?.stop());

  it('[PRESENCE-2, PRESENCE-3] tells on one node what happens on the other, custom status and all', async () => {
    const { a, b } = deployment;
    const watcher = await deployment.member(b, 'alice');
    expect((await watch(watcher, 'bob')).statuses).toEqual([['bob', 'offline', [], '', 0]]);
    const phone = await deployment.member(a, 'bob', { platform: 'ios' });
    expect(await change(watcher, 'bob')).toEqual(['online', ['ios'], '']);
    const mac = await deployment.member(b, 'bob', { platform: 'mac' });
    expect(await change(watcher, 'bob')).toEqual(['online', ['ios', 'mac'], '']);
    const customStatus = 'ünder wäter 🐙';
    await phone.client.request({ name: 'setStatus', customStatus });
    const busy = ['online', ['ios', 'mac'], customStatus];
    expect(await change(watcher, 'bob')).toEqual(busy);
    expect(await change(mac, 'bob'), "the user's device on the other node").toEqual(busy);
    await mac.client.request({ name: 'logout' });
    expect(await change(watcher, 'bob')).toEqual(['online', ['ios'], customStatus]);
    await phone.client.request({ name: 'logout' });
    expect(await change(watcher, 'bob')).toEqual(['offline', [], '']);
    expect(phone.client.unread).toEqual([]);
  });

  it('[PRESENCE-8] does not flap when a client comes back to the other node', async () => {
    const { a, b } = deployment;
    const watcher = await deployment.member(b, 'carol');
    const first = await deployment.member(a, 'dave', { platform: 'android' });
    await watch(watcher, 'dave');
    first.client.cut();
    const back = await deployment.member(b, 'dave', { ...first.login, automatic: true });
    await back.client.request({ name: 'logout' });
    expect(await change(watcher, 'dave')).toEqual(['offline', [], '']);
  });

  it('[PRESENCE-1, PRESENCE-9] answers a query on one node for users on the other', async () => {
    const { a, b } = deployment;
    const asker = await deployment.member(b, 'erin');
    const names = Array.from({ length: 40 }, (_, i) => `queried-${i}`);
    await Promise.all(names.slice(0, 20).map((name) => deployment.member(a, name)));
    const told = new Map<string, string>();
    asker.client.send({ name: 'query', userIds: names, sdkAppId: 0, withInstances: false });
    for (let isLast = false; !isLast;) {
      const part = await asker.client.next('queried');
      for (const [userId, state] of part.statuses) told.set(userId, state);
      ({ isLast } = part);
    }
    const states = names.map((name) => told.get(name));
    expect(states).toEqual([...Array(20).fill('online'), ...Array(20).fill('offline')]);
  });
});

describe('presence', () => {
  const start = async (...flags: readonly string[]): Promise<Deployment> => {
    const deployment = await Deployment.start({ flags: ['--policy', 'multi', ...flags] });
    onTestFinished(() => deployment.stop());
    return deployment;
  };

  it('of users whose node was killed is told within 10 s, on phones as push-online', async () => {
    const deployment = await start('--redis-lease-s', '3');
    const { a, b } = deployment;
    const watcher = await deployment.member(b, 'alice', {}, { patienceMs: 18_000 });
    await deployment.member(a, 'phone', { platform: 'android' });
    await deployment.member(a, 'page');
    await watch(watcher, 'phone', 'page');
    const killedAt = performance.now();
    await a.kill();
    const told = new Map<string, string>();
    while (told.size < 2) {
      const { statuses } = await watcher.client.next('statusChanged');
      for (const [userId, state] of statuses) told.set(userId, state);
    }
    expect(Object.fromEntries(told)).toEqual({ phone: 'pushOnline', page: 'offline' });
    expect(performance.now() - killedAt).toBeLessThan(10_000);
  });

  it('shows nobody offline who is not when Redis is emptied, and goes on after it', async () => {
    const deployment = await start();
    const { a, b } = deployment;
    const watcher = await deployment.member(b, 'alice', {}, { patienceMs: 18_000 });
    const names = Array.from({ length: 20 }, (_, i) => `user-${i}`);
    const members = await Promise.all(names.map((name) => deployment.member(a, name)));
    await watch(watcher, ...names);
    await deployment.redis.cli('FLUSHALL');
    const registered = async (): Promise<number> =>
      (await Promise.all(names.map((name) => deployment.registered(name)))).flat().length;
    await vi.waitFor(async () => expect(await registered()).toBe(names.length), patient);
    await Promise.all([isAudited(a), isAudited(b)]);
    await members[0]?.client.request({ name: 'logout' });
    const states = await changesUntil(watcher, 'user-0', 'offline');
    expect(new Set(states.slice(0, -1))).toEqual(new Set(states.length > 1 ? ['online'] : []));
    const wrong = watcher.client.unread.filter(
      (frame) =>
        frame.name === 'statusChanged' && frame.statuses.some(([, state]) => state !== 'online'),
    );
    expect(wrong).toEqual([]);
  });

  it('[PRESENCE-8] survives a drain: who comes back to another node in time was never gone', async () => {
    const deployment = await start(
      '--drain-window-s',
      '1',
      '--drain-reconnect-spread-s',
      '1',
      '--presence-hold-s',
      '6',
    );
    const { a, b } = deployment;
    const watcher = await deployment.member(b, 'alice', {}, { patienceMs: 18_000 });
    const phone = await deployment.member(a, 'bob', { platform: 'ios' });
    await deployment.member(a, 'carol', { platform: 'ios' });
    await watch(watcher, 'bob', 'carol');
    a.signal('SIGTERM');
    expect(await phone.client.closed()).toBe(4000);
    expect(await a.ended()).toBe(0);
    const back = await deployment.member(b, 'bob', { ...phone.login, automatic: true });
    // Who stayed away is swept once the node's lease has ended: by then nobody has taken bob for lost.
    for (;;) {
      const { statuses } = await watcher.client.next('statusChanged');
      expect(statuses.map(([userId]) => userId)).not.toContain('bob');
      if (statuses.some(([userId, state]) => userId === 'carol' && state === 'pushOnline')) break;
    }
    await back.client.request({ name: 'logout' });
    expect((await change(watcher, 'bob'))[0]).toBe('offline');
  });
});
