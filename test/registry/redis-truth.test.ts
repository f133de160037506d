import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { memberOf } from '../../gateway/registry/redis/keys.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { subscribers as subscriberLinks } from '../faults/proxy.ts';
import { FastFleet, holdMany, keys, patient } from './fast-fleet.ts';
import { wishes } from './event-wishes.ts';
import {
  freshUser,
  hears,
  hold,
  inAnHour,
  isAudited,
  liveSessions,
  loginOf,
  register,
} from './fleet.ts';
import type { FleetNode } from './fleet.ts';

const single = makePolicy({ policy: 'single' });

describe('registry in Redis that was wrong', () => {
  const fleet = new FastFleet(wishes);
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  function subscribers(at: FleetNode): Promise<number> {
    const channel = keys.channel(at.registry.nodeId);
    return fleet.server
      .call('PUBSUB', 'NUMSUB', channel)
      .then((reply) => Number((reply as unknown[])[1]));
  }
  it('is not looked through for a Redis that was only slow', async () => {
    const [a, b] = [await fleet.node(), await fleet.node()];
    const phone = await hold(a, loginOf(freshUser()));
    const { counters } = a.registry;
    const before = counters.audits;
    fleet.server.pause();
    await vi.waitFor(() => expect(counters.failedBeats).toBeGreaterThan(0), patient);
    fleet.server.resume();
    const leaseEnd = await fleet.leaseEnd(a);
    await vi.waitFor(
      async () => expect(await fleet.leaseEnd(a)).toBeGreaterThan(leaseEnd + 600),
      patient,
    );
    await isAudited(a);
    expect(counters).toMatchObject({ audits: before, missedProbes: 0, leaseLapses: 0 });
    await b.registry.kick(phone, 'all', 'REST');
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
  });

  describe('listening connection', () => {
    it('costs no kick when it is cut', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
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
      await fleet.settles(a, b);
      expect([...a.held.keys()]).toEqual([stays.sessionId]);
      expect(a.registry.counters.auditKicks).toBe(1);
    });

    it('costs no replacement when it is cut', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await hold(b, loginOf(phone));
      expect(await subscribers(a)).toBe(0);
      expect((await hears(a, phone.sessionId)).kind).toBe('replaced');
      await fleet.settles(a, b);
    });

    it.each([
      { name: 'left', endings: ['left'] },
      { name: 'was lost', endings: ['lost'] },
      { name: 'was lost, came back and left', endings: ['lost', 'left'] },
      { name: 'came back and left, twice', endings: ['left', 'left'] },
    ] as const)('brings no session back whose successor $name', async ({ endings }) => {
      const [a, b] = [await fleet.behindProxy({ leaseS: 600 }), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.blackhole(subscriberLinks, 'toClient');
      a.proxy.cut(subscriberLinks);
      await b.registry.kick(phone, 'all', 'REST');
      for (const ending of endings) {
        const successor = await hold(b, loginOf(phone));
        b.held.delete(successor.sessionId);
        expect(await b.registry.logout(successor, ending)).toBe('done');
      }
      a.proxy.heal();
      expect((await hears(a, phone.sessionId)).kind).toBe('replaced');
      await fleet.settles(a, b);
      expect(await liveSessions(b, phone)).toEqual([]);
    });

    it('is found out when it hears nothing although it is up', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.lose(subscriberLinks, 'toClient');
      await b.registry.kick(phone, 'all', 'REST');
      expect(await subscribers(a)).toBe(1);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
      expect(a.registry.counters.missedProbes).toBe(1);
      const next = await hold(a, loginOf(freshUser()));
      await isAudited(a);
      await b.registry.kick(next, 'all', 'REST');
      await hears(a, next.sessionId);
      expect(a.registry.counters.missedProbes).toBe(1);
    });

    it('costs no login and no readiness while it is missing for less than a lease', async () => {
      const a = await fleet.behindProxy({ leaseS: 600 });
      a.proxy.blackhole(subscriberLinks, 'toClient');
      a.proxy.cut(subscriberLinks);
      const isReady = { ready: true, reasons: [] };
      await vi.waitFor(
        () => expect(a.registry.health()).toMatchObject({ isAuditing: true }),
        patient,
      );
      expect(a.registry.health()).toMatchObject({ ...isReady, isAuditing: true });
      await register(a, loginOf(freshUser()));
      a.proxy.heal();
      await vi.waitFor(() => {
        const health = a.registry.health();
        expect(health).toMatchObject(isReady);
        expect(health.isAuditing).toBe(false);
      }, patient);
      expect(a.registry.counters.audits).toBe(1);
    });

    it('that cannot be had costs the node its lease, for it cannot be told of kicks', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.blackhole(subscriberLinks, 'toClient');
      a.proxy.cut(subscriberLinks);
      await vi.waitFor(() => {
        expect(a.registry.health().reasons).toContain('the lease of this node has run out');
      }, patient);
      expect(await a.registry.login(loginOf(freshUser()))).toMatchObject({
        kind: 'unavailable',
        reason: 'the lease of this node has run out',
      });
      await fleet.settles(b);
      a.proxy.heal();
      await isAudited(a);
      await fleet.settles(a, b);
      expect(a.held.has(phone.sessionId)).toBe(true);
      await register(a, loginOf(freshUser()));
    });
  });

  describe('emptied Redis', () => {
    it('is filled again after FLUSHALL, with the epochs there were', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      await Promise.all([holdMany(a, 200), holdMany(b, 200)]);
      await fleet.server.cli('FLUSHALL');
      await fleet.settles(a, b);
      expect(await fleet.server.cli('GET', keys.deployment)).toContain('partitions=16');
      expect((await fleet.leases()).sort()).toEqual([a.registry.nodeId, b.registry.nodeId].sort());
      expect(a.registry.counters.reregistered).toBe(200);
      expect([...a.heard, ...b.heard]).toEqual([]);
      const here = [...a.held.values(), ...b.held.values()];
      expect(await a.registry.accounts.exist(here)).toEqual(here.map(() => true));
    });

    it('is filled again after a restart without persistence', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      await Promise.all([holdMany(a, 500), holdMany(b, 50)]);
      await fleet.server.restart();
      await fleet.settles(a, b);
      await isAudited(a);
    });

    it('ends with the newest sessions of a user, whoever comes first', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const users = Array.from({ length: 30 }, () => freshUser());
      const older = await Promise.all(
        users.map((user) => hold(a, loginOf(user, { instanceId: 'phone', policy: single }))),
      );
      a.proxy.lose(subscriberLinks, 'toClient');
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
      await fleet.settles(a, b);
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
      const a = await fleet.node({ leaseS: 2 });
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
          void a.registry.logout(session, 'left');
        }
        await new Promise(setImmediate);
      }
      await fleet.settles(a);
      expect(a.held.size).toBe(300);
    });
  });

  describe('slow audit', () => {
    it('finds a kick that nobody heard of, within its period', async () => {
      const a = await fleet.node({ leaseS: 600, auditS: 1 });
      const [phone, stays] = [
        await hold(a, loginOf(freshUser())),
        await hold(a, loginOf(freshUser())),
      ];
      await fleet.kickUnheard(phone);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
      expect([...a.held.keys()]).toEqual([stays.sessionId]);
      expect(a.registry.counters.audits).toBe(0);
    });

    it('puts back a record, an index and an end of time that went missing', async () => {
      const a = await fleet.node({ leaseS: 600, auditS: 1 });
      const phone = await hold(a, loginOf(freshUser()));
      const p = keys.partitionOf(memberOf(phone));
      const index = keys.nodeIndexes(a.registry.nodeId)[p] ?? '';
      await fleet.server.cli('DEL', keys.user(p, memberOf(phone)));
      await fleet.server.cli('DEL', index);
      await fleet.settles(a);
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

  describe('sweep', () => {
    const { sweep } = loadScripts();
    const slice = (nodeId: string, user: UserRef, notAfter: number): Promise<unknown> => {
      const p = keys.partitionOf(memberOf(user));
      const index = keys.nodeIndexes(nodeId)[p] ?? '';
      const args = [nodeId, keys.user(p, ''), 64, notAfter, 3600, keys.channelPrefix];
      const events = [` ${user.sdkAppId}=t `, keys.eventPrefix(p)];
      return fleet.server.call('EVAL', sweep.lua, 1, index, ...args, ...events);
    };

    it('removes only records that name the dead node', async () => {
      const [a, b] = [await fleet.node({ leaseS: 600 }), await fleet.node({ leaseS: 600 })];
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
      expect((await fleet.events('timedOut')).map(({ sessionId }) => sessionId)).toEqual([
        tablet.sessionId,
      ]);
    });

    it('pauses while the loop of its node is late, and still ends', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      await holdMany(a, 50);
      await a.registry.stop();
      let isOver = false;
      const busy = (): void => {
        const until = performance.now() + 40;
        while (performance.now() < until);
        if (!isOver) setImmediate(busy);
      };
      busy();
      await vi
        .waitFor(() => expect(b.registry.counters.sweptNodes).toBe(1), patient)
        .finally(() => {
          isOver = true;
        });
      expect(b.registry.counters.sweepPauses).toBeGreaterThan(0);
      await fleet.settles(b);
    });

    it('does nothing once its node may be back', async () => {
      const a = await fleet.node({ leaseS: 600 });
      const phone = await hold(a, loginOf(freshUser()));
      expect(await slice(a.registry.nodeId, phone, Date.now() - 1)).toEqual([-1, 0]);
      await fleet.settles(a);
    });
  });

  it('costs Redis nothing while it is right, apart from beats and the slow audit', async () => {
    const a = await fleet.node({ auditS: 4, events: new Map() });
    const sessions = await holdMany(a, 100);
    await vi.waitFor(async () => {
      const [today] = (await a.registry.traffic.ofApp(sessions[0]?.sdkAppId ?? 0)).values();
      expect(today?.logins).toBeGreaterThanOrEqual(100);
    }, patient);
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
      'hmget',
      'sadd',
      'expiretime',
      'time',
      'zscore',
      'zadd',
      'hset',
      'expire',
      'publish',
      'zrangebyscore',
      'sscan',
      'hgetall',
      'hget',
    ];
    const direct = [...stats.keys()].filter((name) => !byScripts.includes(name));
    expect(direct).toEqual(['evalsha']);
    expect(stats.get('evalsha')).toBeLessThanOrEqual(seen + 64 + (stats.get('zadd') ?? 0));
    expect(stats.get('zadd')).toBeLessThan(20);
    // What a node says of itself goes with the beat.
    expect(stats.get('hset')).toBeLessThanOrEqual(stats.get('zadd') ?? 0);
    // And so does the look whether policies have changed.
    expect(stats.get('hget')).toBeLessThanOrEqual((stats.get('zadd') ?? 0) + 1);
  });
});
