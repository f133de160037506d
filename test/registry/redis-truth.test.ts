import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { parseEvent } from '../../gateway/registry/redis/events.ts';
import type { RegistryEvent } from '../../gateway/registry/redis/events.ts';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';
import type { RedisRegistrySettings } from '../../gateway/registry/redis/redis-registry.ts';
import type { HeldSession, UserRef } from '../../gateway/registry/port.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { freshUser, hears, hold, inAnHour, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const patient = { timeout: 10_000, interval: 10 };
const keys = new Keys('gatehouse', 16);
const single = makePolicy({ policy: 'single' });

describe('registry in Redis that was wrong', () => {
  const fleet = new RedisFleet();
  const proxies: FaultProxy[] = [];
  const nodes: FleetNode[] = [];
  beforeAll(() => fleet.start());
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(({ registry }) => registry.stop()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
    await fleet.server.cli('FLUSHALL');
  });
  afterAll(() => fleet.stop());

  /** A node that lives fast: a lease of 2 s, a beat each 0.5 s. */
  async function node(wish: Partial<RedisRegistrySettings> = {}): Promise<FleetNode> {
    const started = await fleet.node({ leaseS: 2, commandTimeoutMs: 300, ...wish });
    nodes.push(started);
    return started;
  }
  async function behindProxy(
    wish: Partial<RedisRegistrySettings> = {},
  ): Promise<FleetNode & { proxy: FaultProxy }> {
    const proxy = await FaultProxy.start(fleet.server.port);
    proxies.push(proxy);
    return { ...(await node({ url: proxy.url, ...wish })), proxy };
  }
  async function holdMany(at: FleetNode, count: number): Promise<HeldSession[]> {
    return Promise.all(Array.from({ length: count }, () => hold(at, loginOf(freshUser()))));
  }
  function subscribers(at: FleetNode): Promise<number> {
    const channel = keys.channel(at.registry.nodeId);
    return fleet.server
      .call('PUBSUB', 'NUMSUB', channel)
      .then((reply) => Number((reply as unknown[])[1]));
  }
  async function events(): Promise<RegistryEvent[]> {
    const streams = (await fleet.server.call('KEYS', '*:events')) as string[];
    const entries = await Promise.all(
      streams.map((stream) => fleet.server.call('XRANGE', stream, '-', '+')),
    );
    return (entries.flat() as [string, string[]][]).map(([, fields]) => parseEvent(fields));
  }
  function leases(): Promise<string[]> {
    return fleet.server.call('ZRANGE', keys.leases, 0, -1) as Promise<string[]>;
  }
  function truthOf(...held: readonly FleetNode[]) {
    return new Map(
      held.flatMap((at) =>
        [...at.held.values()].map(
          ({ sessionId, epoch }) => [sessionId, { nodeId: at.registry.nodeId, epoch }] as const,
        ),
      ),
    );
  }
  function settles(...held: readonly FleetNode[]): Promise<void> {
    return vi.waitFor(
      async () => expect(await fleet.registered()).toEqual(truthOf(...held)),
      patient,
    );
  }
  /** A kick as it is when its message goes astray. */
  function kickUnheard(user: UserRef): Promise<unknown> {
    const { kick } = loadScripts();
    const member = memberOf(user);
    const key = keys.user(keys.partitionOf(member), member);
    return fleet.server.call('EVAL', kick.lua, 1, key, 'REST', 'nowhere:', 'all');
  }

  describe('listening connection', () => {
    it('costs no kick when it is cut', async () => {
      const [a, b] = [await node(), await node()];
      const [phone, stays] = [
        await hold(a, loginOf(freshUser())),
        await hold(a, loginOf(freshUser())),
      ];
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await b.registry.kick(phone, 'all', 'REST');
      expect(await subscribers(a)).toBe(0);
      expect(await hears(a, phone.sessionId)).toMatchObject({
        kind: 'kicked',
        kick: { type: 'REST' },
      });
      await settles(a, b);
      expect([...a.held.keys()]).toEqual([stays.sessionId]);
      expect(a.registry.counters.auditKicks).toBe(1);
    });

    it('costs no replacement when it is cut', async () => {
      const [a, b] = [await node(), await node()];
      const phone = await hold(a, loginOf(freshUser()));
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await hold(b, loginOf(phone));
      expect(await subscribers(a)).toBe(0);
      expect((await hears(a, phone.sessionId)).kind).toBe('replaced');
      await settles(a, b);
    });

    it('is found out when it hears nothing although it is up', async () => {
      const [a, b] = [await behindProxy(), await node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.mute((link) => link.isSubscriber);
      await b.registry.kick(phone, 'all', 'REST');
      expect(await subscribers(a)).toBe(1);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
      expect(a.registry.counters.missedProbes).toBe(1);
      const next = await hold(a, loginOf(freshUser()));
      await vi.waitFor(() => expect(a.registry.health().reasons).toEqual([]), patient);
      await b.registry.kick(next, 'all', 'REST');
      await hears(a, next.sessionId);
      expect(a.registry.counters.missedProbes).toBe(1);
    });

    it('that cannot be had costs the node its lease, for it cannot be told of kicks', async () => {
      const [a, b] = [await behindProxy(), await node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.isDeaf = true;
      a.proxy.cut((link) => link.isSubscriber);
      await vi.waitFor(() => {
        expect(a.registry.health().reasons).toContain('the lease of this node has run out');
      }, patient);
      expect(await a.registry.login(loginOf(freshUser()))).toMatchObject({
        kind: 'unavailable',
        reason: 'the lease of this node has run out',
      });
      await settles(b);
      a.proxy.isDeaf = false;
      await vi.waitFor(() => expect(a.registry.health().reasons).toEqual([]), patient);
      await settles(a, b);
      expect(a.held.has(phone.sessionId)).toBe(true);
      await register(a, loginOf(freshUser()));
    });
  });

  describe('node without a lease', () => {
    /** A node that loses its lease because it cannot subscribe, and goes on auditing. */
    async function deafNode(): Promise<FleetNode & { proxy: FaultProxy }> {
      const a = await behindProxy({ auditS: 1 });
      a.proxy.isDeaf = true;
      a.proxy.cut((link) => link.isSubscriber);
      return a;
    }
    function losesLease({ registry }: FleetNode): Promise<void> {
      return vi.waitFor(
        () => expect(registry.health().reasons).toContain('the lease of this node has run out'),
        patient,
      );
    }

    it('puts nothing back that was swept, until it has a lease again', async () => {
      const [a, b] = [await deafNode(), await node()];
      const sessions = await Promise.all([
        hold(a, loginOf(freshUser())),
        hold(b, loginOf(freshUser())),
      ]);
      await losesLease(a);
      await vi.waitFor(async () => expect(await leases()).toEqual([b.registry.nodeId]), patient);
      await settles(b);
      const audited = a.registry.counters.auditedSessions;
      await vi.waitFor(
        () => expect(a.registry.counters.auditedSessions - audited).toBeGreaterThanOrEqual(3),
        patient,
      );
      expect([...(await fleet.registered()).keys()]).toEqual([sessions[1].sessionId]);
      expect(await fleet.server.call('KEYS', `*:node:${a.registry.nodeId}`)).toEqual([]);
      a.proxy.isDeaf = false;
      await settles(a, b);
    });

    it('still finds the kicks that it could not hear of', async () => {
      const a = await deafNode();
      const phone = await hold(a, loginOf(freshUser()));
      await losesLease(a);
      await kickUnheard(phone);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
    });

    it('registers no login that reaches Redis after the end of the lease', async () => {
      const a = await behindProxy({ commandTimeoutMs: 6000 });
      const phone = loginOf(freshUser());
      a.proxy.stall();
      const outcome = a.registry.login(phone);
      await vi.waitFor(async () => {
        const [now] = (await fleet.server.call('TIME')) as [string];
        const endsAt = Number(await fleet.server.cli('ZSCORE', keys.leases, a.registry.nodeId));
        expect(endsAt).toBeLessThan(Number(now) * 1000);
      }, patient);
      a.proxy.heal();
      expect((await outcome).kind).toBe('unavailable');
      expect(await fleet.registered()).toEqual(new Map());
    });
  });

  describe('emptied Redis', () => {
    it('is filled again after FLUSHALL, with the epochs there were', async () => {
      const [a, b] = [await node(), await node()];
      await Promise.all([holdMany(a, 200), holdMany(b, 200)]);
      await fleet.server.cli('FLUSHALL');
      await settles(a, b);
      expect(await fleet.server.cli('GET', keys.deployment)).toContain('partitions=16');
      expect((await leases()).sort()).toEqual([a.registry.nodeId, b.registry.nodeId].sort());
      expect(a.registry.counters.reregistered).toBe(200);
      expect([...a.heard, ...b.heard]).toEqual([]);
    });

    it('is filled again after a restart without persistence', async () => {
      const [a, b] = [await node(), await node()];
      await Promise.all([holdMany(a, 500), holdMany(b, 50)]);
      await fleet.server.restart();
      await settles(a, b);
      await vi.waitFor(() => expect(a.registry.health().reasons).toEqual([]), patient);
    });

    it('ends with the newest sessions of a user, whoever comes first', async () => {
      const [a, b] = [await behindProxy(), await node()];
      const users = Array.from({ length: 30 }, () => freshUser());
      const older = await Promise.all(
        users.map((user) => hold(a, loginOf(user, { instanceId: 'phone', policy: single }))),
      );
      a.proxy.mute((link) => link.isSubscriber);
      // A third of them logs in again on the same instance, a third on another one; a hears of none.
      const newer = await Promise.all(
        users.slice(0, 20).map((user, n) =>
          hold(
            b,
            loginOf(user, {
              instanceId: n < 10 ? 'phone' : 'mac',
              platform: 'mac',
              policy: single,
            }),
          ),
        ),
      );
      await fleet.server.cli('FLUSHALL');
      await vi.waitFor(() => expect(a.held.size).toBe(10), patient);
      await settles(a, b);
      expect([...b.held.keys()].sort()).toEqual(newer.map(({ sessionId }) => sessionId).sort());
      const ends = older
        .slice(0, 20)
        .map(
          ({ sessionId }) =>
            a.heard.find((h) => JSON.stringify(h).includes(`"${sessionId}"`))?.kind,
        );
      expect(ends).toEqual([...Array(10).fill('replaced'), ...Array(10).fill('kicked')]);
      expect(b.heard).toEqual([]);
    });

    it('is not filled with sessions that end meanwhile', async () => {
      const a = await node({ leaseS: 2 });
      const sessions = await holdMany(a, 600);
      await fleet.server.cli('FLUSHALL');
      const before = a.registry.counters.auditedSessions;
      const ending = sessions.filter((_, n) => n % 2 === 0);
      await vi.waitFor(() => expect(a.registry.counters.auditedSessions).toBeGreaterThan(before), {
        ...patient,
        interval: 1,
      });
      // A few each turn of the loop, all through the audit.
      while (ending.length > 0) {
        for (const session of ending.splice(0, 20)) {
          a.held.delete(session.sessionId);
          void a.registry.logout(session);
        }
        await new Promise(setImmediate);
      }
      await settles(a);
      expect(a.held.size).toBe(300);
    });
  });

  describe('slow audit', () => {
    it('finds a kick that nobody heard of, within its period', async () => {
      const a = await node({ leaseS: 600, auditS: 1 });
      const [phone, stays] = [
        await hold(a, loginOf(freshUser())),
        await hold(a, loginOf(freshUser())),
      ];
      await kickUnheard(phone);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
      expect([...a.held.keys()]).toEqual([stays.sessionId]);
      expect(a.registry.counters.audits).toBe(0);
    });

    it('puts back a record, an index and an end of time that went missing', async () => {
      const a = await node({ leaseS: 600, auditS: 1 });
      const phone = await hold(a, loginOf(freshUser()));
      const p = keys.partitionOf(memberOf(phone));
      const index = keys.nodeIndexes(a.registry.nodeId)[p] ?? '';
      await fleet.server.cli('DEL', keys.user(p, memberOf(phone)));
      await fleet.server.cli('DEL', index);
      await settles(a);
      await fleet.server.cli('DEL', index);
      await fleet.server.cli('PERSIST', keys.user(p, memberOf(phone)));
      await vi.waitFor(async () => {
        expect(await fleet.server.call('SMEMBERS', index)).toEqual([memberOf(phone)]);
        expect(Number(await fleet.server.cli('EXPIRETIME', index))).toBeGreaterThan(inAnHour);
        expect(
          Number(await fleet.server.cli('EXPIRETIME', keys.user(p, memberOf(phone)))),
        ).toBeGreaterThan(inAnHour);
      }, patient);
    });
  });

  describe('node that was cut off past its lease', () => {
    it('is swept, and comes back with what is still its own', async () => {
      const [a, b, c] = [await behindProxy(), await node(), await node()];
      const users = Array.from({ length: 300 }, () => freshUser());
      const old = await Promise.all(
        users.map((user) => hold(a, loginOf(user, { policy: single }))),
      );
      const others = await holdMany(b, 50);
      a.proxy.stall();
      await vi.waitFor(
        async () => expect(await fleet.registered()).toEqual(truthOf(b, c)),
        patient,
      );
      expect(await leases()).not.toContain(a.registry.nodeId);
      const swept = await events();
      expect(swept.map(({ sessionId }) => sessionId).sort()).toEqual(
        old.map(({ sessionId }) => sessionId).sort(),
      );
      expect(swept[0]).toMatchObject({
        kind: 'swept',
        nodeId: a.registry.nodeId,
        instanceId: 'phone',
      });
      expect(b.registry.counters.sweptSessions + c.registry.counters.sweptSessions).toBe(300);
      expect(await a.registry.login(loginOf(freshUser()))).toMatchObject({
        kind: 'unavailable',
        reason: 'the lease of this node has run out',
      });

      // Meanwhile some of its users come in elsewhere.
      const newer = await Promise.all(
        users
          .slice(0, 100)
          .map((user) =>
            hold(b, loginOf(user, { instanceId: 'mac', platform: 'mac', policy: single })),
          ),
      );
      a.proxy.heal();
      await vi.waitFor(() => expect(a.held.size).toBe(200), patient);
      await settles(a, b, c);
      expect(a.heard.map(({ kind }) => kind)).toEqual(Array(100).fill('kicked'));
      expect(b.heard).toEqual([]);
      expect(b.held.size).toBe(newer.length + others.length);
      await vi.waitFor(() => expect(a.registry.health().reasons).toEqual([]), patient);
      await register(a, loginOf(freshUser()));
    });

    it('is not taken for dead by one who was cut off as well and comes back first', async () => {
      const [a, b] = [await behindProxy(), await behindProxy()];
      await Promise.all([holdMany(a, 20), holdMany(b, 20)]);
      for (const { proxy } of [a, b]) proxy.stall();
      const endOf = async ({ registry }: FleetNode): Promise<number> =>
        Number(await fleet.server.cli('ZSCORE', keys.leases, registry.nodeId));
      await vi.waitFor(async () => {
        const [now] = (await fleet.server.call('TIME')) as [string];
        expect(Math.max(await endOf(a), await endOf(b))).toBeLessThan(Number(now) * 1000);
      }, patient);
      a.proxy.heal();
      await vi.waitFor(() => expect(a.registry.health().reasons).toEqual([]), patient);
      // It is back, and two of its beats name the other one, who is late.
      for (let i = 0; i < 2; i += 1) {
        const end = await endOf(a);
        await vi.waitFor(async () => expect(await endOf(a)).toBeGreaterThan(end), patient);
      }
      b.proxy.heal();
      await vi.waitFor(() => expect(b.registry.health().reasons).toEqual([]), patient);
      await settles(a, b);
      expect(await events()).toEqual([]);
      expect([...a.heard, ...b.heard]).toEqual([]);
    });
  });

  describe('lease', () => {
    it('is given back by a node that stops with nothing left', async () => {
      const [a, b] = [await node(), await node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.held.clear();
      await a.registry.logout(phone);
      await a.registry.stop();
      expect(await leases()).toEqual([b.registry.nodeId]);
    });

    it('runs out behind a node that leaves sessions, so that they are swept', async () => {
      const [a, b] = [await node(), await node()];
      await holdMany(a, 5);
      await a.registry.stop();
      expect(await leases()).toContain(a.registry.nodeId);
      await settles(b);
      expect(await leases()).toEqual([b.registry.nodeId]);
    });
  });

  describe('sweep', () => {
    const { sweep } = loadScripts();
    const slice = (nodeId: string, user: UserRef, notAfter: number): Promise<unknown> => {
      const p = keys.partitionOf(memberOf(user));
      const index = keys.nodeIndexes(nodeId)[p] ?? '';
      const args = [nodeId, keys.user(p, ''), 64, notAfter];
      return fleet.server.call('EVAL', sweep.lua, 2, index, keys.events(p), ...args);
    };

    it('removes only records that name the dead node', async () => {
      const [a, b] = [await node({ leaseS: 600 }), await node({ leaseS: 600 })];
      const user = freshUser();
      const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
      const wide = makePolicy({ policy: 'multi' });
      await register(a, { ...tablet, policy: wide });
      await register(a, loginOf(user, { policy: wide }));
      const again = loginOf(user, { policy: wide });
      await register(b, again);
      const { nodeId } = a.registry;
      expect(await slice(nodeId, user, Date.now() + 60_000)).toEqual([1, 1]);
      expect(await liveSessions(b, user)).toEqual([again.sessionId]);
      expect(await slice(nodeId, user, Date.now() + 60_000)).toEqual([0, 0]);
      expect((await events()).map(({ sessionId }) => sessionId)).toEqual([tablet.sessionId]);
    });

    it('does nothing once its node may be back', async () => {
      const a = await node({ leaseS: 600 });
      const phone = await hold(a, loginOf(freshUser()));
      expect(await slice(a.registry.nodeId, phone, Date.now() - 1)).toEqual([-1, 0]);
      await settles(a);
    });
  });

  it('costs Redis nothing while it is right, apart from beats and the slow audit', async () => {
    const a = await node({ auditS: 4 });
    await holdMany(a, 100);
    const calls = async (): Promise<Map<string, number>> => {
      const info = await fleet.server.cli('INFO', 'commandstats');
      return new Map(
        [...info.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].map(([, name, n]) => [
          name ?? '',
          Number(n),
        ]),
      );
    };
    await fleet.server.cli('CONFIG', 'RESETSTAT');
    const audited = a.registry.counters.auditedSessions;
    await vi.waitFor(
      () => expect(a.registry.counters.auditedSessions - audited).toBeGreaterThanOrEqual(40),
      patient,
    );
    const stats = await calls();
    const seen = a.registry.counters.auditedSessions - audited;
    for (const name of ['hello', 'client|setinfo', 'info', 'config|resetstat']) stats.delete(name);
    const byScripts = [
      'hget',
      'sadd',
      'expiretime',
      'time',
      'zscore',
      'zadd',
      'expire',
      'publish',
      'zrangebyscore',
      'sscan',
      'hgetall',
    ];
    const direct = [...stats.keys()].filter((name) => !byScripts.includes(name));
    expect(direct).toEqual(['evalsha']);
    expect(stats.get('evalsha')).toBeLessThanOrEqual(seen + 64 + (stats.get('zadd') ?? 0));
    expect(stats.get('zadd')).toBeLessThan(20);
  });
});
