import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { isFinal } from '../../protocol/codes.ts';
import { Deployment, type Member } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { handshakeText, RawClient } from '../support/raw-client.ts';
import { kinds } from '../transport/harness.ts';

async function readiness(node: GatewayProcess): Promise<{ status: number; reasons: string[] }> {
  const answer = await fetch(`${node.adminUrl}/readyz`);
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return { status: answer.status, reasons };
}

function joinMany(deployment: Deployment, count: number): Promise<Member[]> {
  const users = Array.from({ length: count }, (_, i) => `user-${i}`);
  return Promise.all(users.map((userId) => deployment.member(deployment.a, userId)));
}

describe.each(kinds)('a node that leaves service, on %s', (transport) => {
  let deployment: Deployment;
  const start = async (...flags: readonly string[]): Promise<void> => {
    deployment = await Deployment.start({ flags: ['--transport', transport, ...flags] });
    onTestFinished(() => deployment.stop());
  };
  it('[DRAIN-1, CLOSE-1] [4000] tells and closes every client, refuses newcomers, and ends with 0', async () => {
    await start('--drain-window-s', '3', '--presence-hold-s', '0');
    const { a, b } = deployment;
    const members = await joinMany(deployment, 40);
    const loggedOut = await deployment.connect(a);
    const { port } = new URL(a.url);
    const halfOpen = await RawClient.connect({ port: Number(port) });

    a.signal('SIGTERM');
    await Promise.race(members.map(({ client }) => client.next('goingAway')));
    halfOpen.sendText(handshakeText());
    expect((await halfOpen.answer()).status).toBe(503);
    await expect(deployment.connect(a)).rejects.toThrow('ECONNREFUSED');

    const clients = [loggedOut, ...members.map(({ client }) => client)];
    for (const client of clients) {
      const code = await client.closed();
      expect(code).toBe(4000);
      expect(isFinal(code)).toBe(false);
    }
    expect(await a.ended()).toBe(0);
    for (const { login } of members) expect(await deployment.registered(login.userId)).toEqual([]);
    const [{ login }] = members as [Member];
    const client = await deployment.connect(b);
    expect(await client.login({ ...login, automatic: true })).toMatchObject({ name: 'loggedIn' });
  });
});

describe('a node that leaves service', () => {
  let deployment: Deployment;
  const start = async (...flags: readonly string[]): Promise<void> => {
    deployment = await Deployment.start({ nodes: 1, flags });
    onTestFinished(() => deployment.stop());
  };

  it('[DRAIN-2] tells each client another delay, spread over the whole time', async () => {
    await start('--drain-window-s', '0', '--drain-reconnect-spread-s', '100');
    const members = await joinMany(deployment, 20);
    deployment.a.signal('SIGTERM');
    const told = await Promise.all(members.map(({ client }) => client.next('goingAway')));
    const delays = told.map(({ reconnectAfterMs }) => reconnectAfterMs).sort((x, y) => x - y);
    delays.forEach((delay, i) => {
      expect(delay).toBeGreaterThanOrEqual(i * 5000);
      expect(delay).toBeLessThanOrEqual((i + 1) * 5000);
    });
    expect(await deployment.a.ended()).toBe(0);
  });

  it('serves on, not ready, until the load balancer has had its time; a second signal hurries it', async () => {
    await start('--drain-readiness-delay-s', '600', '--presence-hold-s', '0');
    const { a } = deployment;
    const { client, login } = await deployment.member(a, 'alice');
    expect(await readiness(a)).toEqual({ status: 200, reasons: [] });
    a.signal('SIGTERM');
    await expect.poll(() => readiness(a)).toMatchObject({ status: 503 });
    expect((await readiness(a)).reasons).toEqual(['draining: this node leaves service']);
    expect((await fetch(`${a.adminUrl}/livez`)).status).toBe(200);
    expect(await client.login(login)).toMatchObject({ repeatLogin: true });
    const newcomer = await deployment.member(a, 'bob');

    a.signal('SIGINT');
    for (const each of [client, newcomer.client]) {
      await each.next('goingAway');
      expect(await each.closed()).toBe(4000);
    }
    expect(await a.ended()).toBe(0);
    expect(await deployment.registered('alice')).toEqual([]);
    expect(a.log.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['hurrying', 'stopped']));
  });
});

describe('a node without Redis that leaves service', () => {
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await Deployment.start({ nodes: 1, flags: ['--drain-window-s', '0'] });
    onTestFinished(() => deployment.stop());
  });

  it('[DRAIN-1] tells its clients and ends with 0 all the same', async () => {
    const { client } = await deployment.member(deployment.a, 'carol');
    deployment.redis.pause();
    deployment.a.signal('SIGTERM');
    await client.next('goingAway');
    expect(await client.closed()).toBe(4000);
    expect(await deployment.a.ended()).toBe(0);
  });

  it('is killed without a word: its clients see a lost connection, not a final code', async () => {
    const { client } = await deployment.member(deployment.a, 'dave');
    await deployment.a.kill();
    expect(await client.closed()).toBe(1006);
  });
});
