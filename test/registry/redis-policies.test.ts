import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisFleet } from './fleets.ts';
import { hold, liveSessions, register } from './fleet.ts';
import {
  areConverged,
  change,
  configured,
  describePolicies,
  deviceOf,
  freshApp,
  narrow,
  userOf,
  policyWishes,
} from './policy-conformance.ts';

/** Whoever tells of events looks for them now and then. */
const told = { policies: configured, events: policyWishes };
const settings = { policies: configured };

describePolicies('Redis', new RedisFleet(), (fleet) => fleet.node(told));
describePolicies('Redis Cluster', new RedisFleet(() => RedisCluster.start()), (fleet) =>
  fleet.node(told),
);

describe('policies at run time in Redis', () => {
  const keys = new Keys('gatehouse', 16);
  const fleet = new RedisFleet();
  beforeAll(() => fleet.start());
  afterAll(() => fleet.stop());

  const keyOf = (user: UserRef): string => {
    const member = memberOf(user);
    return keys.user(keys.partitionOf(member), member);
  };
  /** A change that no message tells anybody of. */
  const changeSilently = async (app: number): Promise<number> => {
    const version = Date.now();
    const text = `${version} ${JSON.stringify(narrow)}`;
    await fleet.server.call('HSET', keys.policies, 'version', String(version), String(app), text);
    return version;
  };
  const callsOf = async (command: string): Promise<number> => {
    const stats = await fleet.server.cli('INFO', 'commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  it('reach a node that heard of nothing with its next beat, which asks for nothing more after that', async () => {
    const node = await fleet.node({ ...settings, leaseS: 2, commandTimeoutMs: 400 });
    const app = freshApp();
    const user = userOf(app);
    await hold(node, deviceOf(user, 'web-1'));
    const newest = await hold(node, deviceOf(user, 'web-2'));
    await areConverged([node], app, await changeSilently(app));
    expect(await liveSessions(node, user)).toEqual([newest.sessionId]);
    // A beat that was on its way has ended with the next ones.
    const beats = await callsOf('zadd');
    await vi.waitFor(async () => expect(await callsOf('zadd')).toBeGreaterThan(beats + 1), 5000);
    const [before, scripts, beaten] = [
      await callsOf('hgetall'),
      await callsOf('evalsha'),
      await callsOf('zadd'),
    ];
    await vi.waitFor(async () => expect(await callsOf('zadd')).toBeGreaterThan(beaten + 2), 5000);
    expect(await callsOf('hgetall')).toBe(before);
    expect((await callsOf('evalsha')) - scripts).toBeLessThan(20);
    await node.registry.stop();
  });

  it('hold users to them whose logins a node decided before it heard', async () => {
    const node = await fleet.node(settings);
    const app = freshApp();
    const user = userOf(app);
    const version = await changeSilently(app);
    await hold(node, deviceOf(user, 'web-1'));
    const newest = await hold(node, deviceOf(user, 'web-2'));
    // No beat falls into this test.
    expect(await liveSessions(node, user)).toHaveLength(2);
    const channel = keys.channel(node.registry.nodeId);
    await fleet.server.call('PUBLISH', channel, `policies ${version}`);
    await areConverged([node], app, version);
    expect(await liveSessions(node, user)).toEqual([newest.sessionId]);
  });

  it('are put back by the nodes when Redis has lost them', async () => {
    const brisk = { ...settings, leaseS: 2, commandTimeoutMs: 400 };
    const a = await fleet.node(brisk);
    const app = freshApp();
    const version = await change(a, app, narrow);
    await areConverged([a], app, version);
    await fleet.server.call('FLUSHALL');
    await vi.waitFor(
      async () => {
        const found = await a.registry.policies.read(app);
        expect(found).toEqual({ version, isSet: true, written: narrow });
      },
      { timeout: 10_000 },
    );
    const late = await fleet.node(brisk);
    const user = userOf(app);
    await register(late, deviceOf(user, 'web-1'));
    const newest = deviceOf(user, 'web-2');
    await register(late, newest);
    expect(await liveSessions(a, user)).toEqual([newest.sessionId]);
    for (const node of [a, late]) await node.registry.stop();
  });

  it('reach everybody although Redis went silent on the way', async () => {
    const node = await fleet.node({ ...settings, convergePerS: 40, commandTimeoutMs: 300 });
    const app = freshApp();
    const users = Array.from({ length: 48 }, () => userOf(app));
    for (const user of users)
      for (const device of ['web-1', 'web-2']) await hold(node, deviceOf(user, device));
    const version = await change(node, app, narrow);
    await fleet.server.call('CLIENT', 'PAUSE', '1500', 'ALL');
    await areConverged([node], app, version);
    for (const user of users) expect(await liveSessions(node, user)).toHaveLength(1);
  });

  it('reach everybody else when one record is none', async () => {
    const node = await fleet.node(settings);
    const app = freshApp();
    const [spoilt, other] = [userOf(app), userOf(app)];
    for (const user of [spoilt, other])
      for (const device of ['web-1', 'web-2']) await hold(node, deviceOf(user, device));
    await fleet.server.call('SET', keyOf(spoilt), 'canary');
    await areConverged([node], app, await change(node, app, narrow));
    expect(await liveSessions(node, other)).toHaveLength(1);
    expect(fleet.logged.join('\n')).toContain('a user cannot be held to the policy');
    await fleet.server.call('DEL', keyOf(spoilt));
  });

  it('of a newer gateway are left alone by one that does not understand them', async () => {
    const node = await fleet.node(settings);
    const app = freshApp();
    const text = `${Date.now()} {"policy":"quadruple"}`;
    await fleet.server.call(
      'HSET',
      keys.policies,
      'version',
      String(Date.now()),
      String(app),
      text,
    );
    const channel = keys.channel(node.registry.nodeId);
    await fleet.server.call('PUBLISH', channel, 'policies 1');
    const about = 'a policy in Redis is none that this node understands';
    await vi.waitFor(() => expect(fleet.logged.join('\n')).toContain(about));
    const user = userOf(app);
    await register(node, deviceOf(user, 'web-1'));
    await register(node, deviceOf(user, 'web-2'));
    expect(await liveSessions(node, user)).toHaveLength(2);
    expect(await fleet.server.call('HGET', keys.policies, String(app))).toBe(text);
  });
});
