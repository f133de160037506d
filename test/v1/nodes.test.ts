import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Deployment } from '../support/deployment.ts';
import { until } from '../support/until.ts';
import { call, pathOf, registries, startV1Site } from './site.ts';

interface Node {
  readonly nodeId: string;
  readonly state: string;
  readonly leaseLeftMs: number | null;
  readonly load: {
    readonly sessions: number;
    readonly connections: number;
    readonly loopDelayMs: number;
  } | null;
}

interface ListedSession {
  readonly sessionId: string;
  readonly state: string;
  readonly address: string | null;
}

const listNodes = async (deployment: Deployment): Promise<readonly Node[]> => {
  const { status, body } = await call(deployment.b, 'GET', '/v1/nodes');
  expect(status).toBe(200);
  return body['nodes'] as readonly Node[];
};
const nodeIdOf = (node: Deployment['a']): string => String(node.ready['nodeId']);
const sessionsOf = async (deployment: Deployment, userId: string) =>
  (await call(deployment.b, 'GET', pathOf(userId, 'sessions'))).body['sessions'] as ListedSession[];

describe.each(registries)('the nodes of /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry, { policy: 'multi', presence: { holdS: 30 } });
  });
  afterAll(() => deployment?.stop());

  it('are all there, with their load', async () => {
    const member = await deployment.member(deployment.a, 'alice');
    const idle = await deployment.connect(deployment.a);
    const expected = [...new Set([deployment.a, deployment.b])].map((node) => ({
      nodeId: nodeIdOf(node),
      state: 'serving',
      leaseLeftMs: registry === 'redis' ? expect.any(Number) : null,
      load: {
        version: node.ready['version'],
        transport: node.ready['transport'],
        startedAt: expect.any(Number),
        sessions: node === deployment.a ? 1 : 0,
        connections: node === deployment.a ? 2 : 0,
        loopDelayMs: expect.any(Number),
      },
    }));
    // With the next beat.
    await expect.poll(() => listNodes(deployment)).toEqual(expected);
    for (const { leaseLeftMs } of await listNodes(deployment)) {
      if (leaseLeftMs === null) continue;
      expect(leaseLeftMs).toBeGreaterThan(0);
      expect(leaseLeftMs).toBeLessThanOrEqual(6000);
    }
    member.client.cut();
    idle.cut();
  });

  it('tell from where each session comes and how its link is', async () => {
    const here = await deployment.member(deployment.b, 'bob');
    const there = await deployment.member(deployment.a, 'bob', { platform: 'ios' });
    const online = { state: 'online', address: '127.0.0.1' };
    expect(await sessionsOf(deployment, 'bob')).toMatchObject([
      { sessionId: there.session.sessionId, ...online },
      { sessionId: here.session.sessionId, ...online },
    ]);
    there.client.cut();
    await expect
      .poll(() => sessionsOf(deployment, 'bob'))
      .toMatchObject([{ state: 'lost', address: '127.0.0.1' }, online]);
  });

  it('tell of a session whose ticket has ended and may still be renewed', async () => {
    const userSig = deployment.ticket('carol', { expireS: 1 });
    await deployment.member(deployment.a, 'carol', { userSig });
    await expect.poll(() => sessionsOf(deployment, 'carol')).toMatchObject([{ state: 'expired' }]);
  });
});

describe('a node', () => {
  it('does nothing that it was not asked, whatever comes down its channel', async () => {
    const deployment = await startV1Site('redis');
    onTestFinished(() => deployment.stop());
    const { a } = deployment;
    const channel = `gatehouse:node:${nodeIdOf(a)}`;
    const member = await deployment.member(a, 'alice');
    for (const text of [
      'ask x 1 {"kind":"dance"}',
      'ask x 1 {"kind":"__proto__"}',
      'ask x 1 null',
      'ask x 1 {"kind":"links"}',
      'ask x',
      'ask',
      'answer 1 {"kind":"draining"}',
      'answer',
      'drain',
    ])
      await deployment.redis.call('PUBLISH', channel, text);
    const listed = await sessionsOf(deployment, 'alice');
    expect(listed).toMatchObject([{ sessionId: member.session.sessionId, state: 'online' }]);
    expect(a.log.map(({ msg }) => msg)).not.toContain('stopping');
  });
});

describe('a node that stands still', () => {
  it('[nodeSilent] answers nobody, and its sessions are listed all the same', async () => {
    const deployment = await startV1Site('redis');
    onTestFinished(() => deployment.stop());
    const { session } = await deployment.member(deployment.a, 'alice');
    deployment.a.signal('SIGSTOP');
    onTestFinished(() => deployment.a.signal('SIGCONT'));
    expect(await sessionsOf(deployment, 'alice')).toMatchObject([
      { sessionId: session.sessionId, state: 'unknown', address: null },
    ]);
    const path = `/v1/nodes/${nodeIdOf(deployment.a)}/drain`;
    const { status, body } = await call(deployment.b, 'POST', path);
    expect([status, body['code']]).toEqual([504, 'nodeSilent']);
    // The lease runs out, the other node sweeps it, and nobody knows it any more.
    await expect
      .poll(async () => (await listNodes(deployment)).map(({ nodeId }) => nodeId), {
        timeout: 15_000,
      })
      .toEqual([nodeIdOf(deployment.b)]);
    expect((await call(deployment.b, 'POST', path)).body['code']).toBe('noSuchNode');
    const said = await deployment.redis.call('HKEYS', 'gatehouse:load:{gatehouse:nodes}');
    expect(said).toEqual([nodeIdOf(deployment.b)]);
  });
});

describe.each(['other', 'same', 'embedded'] as const)(
  'a drain over /v1, asked of the %s node',
  (whose) => {
    it('[DRAIN-1] tells every client, ends the process with 0, and leaves nothing behind', async () => {
      const registry = whose === 'embedded' ? 'embedded' : 'redis';
      const drain = { windowS: 1, reconnectSpreadS: 1 };
      const deployment = await startV1Site(registry, { drain });
      onTestFinished(() => deployment.stop());
      const { a, b } = deployment;
      const members = await Promise.all(
        ['alice', 'bob', 'carol'].map((userId) => deployment.member(a, userId)),
      );
      const nodeId = nodeIdOf(a);
      const path = `/v1/nodes/${nodeId}/drain`;
      const asked = whose === 'other' ? b : a;
      const { status, body } = await call(asked, 'POST', path);
      expect([status, body]).toEqual([200, { nodeId, state: 'draining' }]);
      // Asked again, it neither hurries nor begins anew.
      await call(asked, 'POST', path).catch(() => undefined);
      for (const { client } of members) {
        expect((await client.next('goingAway')).reconnectAfterMs).toBeLessThanOrEqual(1000);
        expect(await client.closed()).toBe(4000);
      }
      expect(await a.ended()).toBe(0);
      expect(a.log.map(({ msg }) => msg)).not.toContain('hurrying');
      if (whose === 'embedded') return;
      await until('the node is forgotten', async () => (await listNodes(deployment)).length === 1);
    });

    it('goes on without hurry when the first signal comes', async () => {
      if (whose !== 'embedded') return;
      const drain = { windowS: 2, reconnectSpreadS: 1 };
      const deployment = await startV1Site('embedded', { drain });
      onTestFinished(() => deployment.stop());
      const members = await Promise.all(
        ['alice', 'bob'].map((userId) => deployment.member(deployment.a, userId)),
      );
      await call(deployment.a, 'POST', `/v1/nodes/${nodeIdOf(deployment.a)}/drain`);
      deployment.a.signal('SIGTERM');
      for (const { client } of members) expect(await client.closed()).toBe(4000);
      expect(await deployment.a.ended()).toBe(0);
      expect(deployment.a.log.map(({ msg }) => msg)).not.toContain('hurrying');
    });
  },
);
