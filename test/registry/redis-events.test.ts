import { retention } from '../../gateway/registry/retention.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { describeEvents, eventsOf } from './event-conformance.ts';
import { FastFleet, holdMany, keys, patient } from './fast-fleet.ts';
import { wishes } from './event-wishes.ts';
import { freshUser, hold, isAudited, loginOf, register, type FleetNode } from './fleet.ts';
import { TellingFleet } from './fleets.ts';

describeEvents('Redis', new TellingFleet());
describeEvents('Redis Cluster', new TellingFleet(() => RedisCluster.start()));

describe('events in Redis', () => {
  const fleet = new FastFleet(wishes);
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  const kinds = async (node: FleetNode, user: { sdkAppId: number; userId: string }) =>
    (await eventsOf(node, user)).map(({ kind }) => kind);

  it('are not there at all when no app wants any', async () => {
    const a = await fleet.node({ events: new Map() });
    const user = freshUser();
    const phone = loginOf(user);
    await register(a, phone);
    await a.registry.setStatus(phone, 'busy');
    await a.registry.logout(phone, 'left');
    const found = (await fleet.server.call('KEYS', '*')) as string[];
    expect(found.filter((key) => /events|cursor|shares/.test(key))).toEqual([]);
    const p = keys.partitionOf(`${user.sdkAppId}:${user.userId}`);
    const record = keys.user(p, `${user.sdkAppId}:${user.userId}`);
    expect(await fleet.server.call('HGET', record, 'event')).toBeNull();
  });

  it('tell of each session of a dead node exactly once, whoever sweeps it', async () => {
    const [a, b, c] = [await fleet.behindProxy(), await fleet.node(), await fleet.node()];
    const sessions = await holdMany(a, 100);
    a.proxy.stall();
    await fleet.settles(b, c);
    const gone = await fleet.events('timedOut');
    expect(gone.map(({ sessionId }) => sessionId).sort()).toEqual(
      sessions.map(({ sessionId }) => sessionId).sort(),
    );
  });

  it('tell of a session again that comes back after a sweep', async () => {
    const [a, b] = [await fleet.behindProxy(), await fleet.node()];
    const user = freshUser();
    await hold(a, loginOf(user));
    a.proxy.stall();
    await fleet.settles(b);
    a.proxy.heal();
    await fleet.settles(a, b);
    expect(await kinds(b, user)).toEqual(['login', 'timedOut', 'login']);
    expect(
      (await eventsOf(b, user)).map((event) => 'isRestored' in event && event.isRestored),
    ).toEqual([false, false, true]);
  });

  it('tell once of the end of a session that was swept and then revoked', async () => {
    const [a, b] = [await fleet.behindProxy(), await fleet.node()];
    const user = freshUser();
    await hold(a, loginOf(user));
    a.proxy.stall();
    await fleet.settles(b);
    await b.registry.revoke(user);
    a.proxy.heal();
    await vi.waitFor(() => expect(a.held.size).toBe(0), patient);
    await isAudited(a);
    expect(await kinds(b, user)).toEqual(['login', 'timedOut']);
  });

  it('tell what an audit decides about a session that Redis had lost', async () => {
    const [a, b] = [await fleet.node(), await fleet.node()];
    const user = freshUser();
    const single = { policy: makePolicy({ policy: 'single' }) };
    await hold(a, loginOf(user, single));
    await fleet.server.cli('FLUSHALL');
    await hold(b, loginOf(user, { instanceId: 'tab', platform: 'web', ...single }));
    await vi.waitFor(() => expect(a.held.size).toBe(0), patient);
    expect(
      (await eventsOf(b, user)).map(({ kind, instanceId }) => `${kind} ${instanceId}`),
    ).toEqual(['login tab', 'kicked phone']);
  });

  it('never keep a login out: a stream that is no stream is let be', async () => {
    const a = await fleet.node();
    const user = freshUser();
    const p = keys.partitionOf(`${user.sdkAppId}:${user.userId}`);
    await fleet.server.cli('SET', keys.events(p, user.sdkAppId), 'x');
    await register(a, loginOf(user));
    expect(await a.registry.sessions(user)).toHaveLength(1);
  });

  it('end by themselves, and their number is bounded', async () => {
    const a = await fleet.node();
    const user = freshUser();
    await register(a, loginOf(user));
    const p = keys.partitionOf(`${user.sdkAppId}:${user.userId}`);
    expect(Number(await fleet.server.call('TTL', keys.events(p, user.sdkAppId)))).toBeGreaterThan(
      6 * 86_400,
    );
    const { lua } = (await import('../../gateway/registry/redis/scripts.ts')).loadScripts().login;
    expect(lua).toContain(`'MAXLEN', '~', ${retention.eventsPerPartition}`);
  });

  it('are told of by a node that shares with those that come and go', async () => {
    const heard = new Map<FleetNode, Set<number>>();
    const join = async (): Promise<FleetNode> => {
      const node = await fleet.node({ eventLeaseMs: 1000 });
      heard.set(node, new Set());
      node.registry.events.join({
        news: (partition) => void heard.get(node)?.add(partition),
        release: () => Promise.resolve(),
      });
      return node;
    };
    const shares = (node: FleetNode): number =>
      Array.from({ length: 16 }, (_, p) => node.registry.events.heldUntil(p)).filter(
        (until) => until > performance.now(),
      ).length;
    const a = await join();
    await vi.waitFor(() => expect(shares(a)).toBe(16), patient);
    const b = await join();
    await vi.waitFor(() => expect([shares(a), shares(b)]).toEqual([8, 8]), patient);
    await b.registry.stop();
    await vi.waitFor(() => expect(shares(a)).toBe(16), patient);
  });
});
