import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { subscribers as subscriberLinks } from '../faults/proxy.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';
import { FastFleet, holdMany, keys, patient, truthOf } from './fast-fleet.ts';
import { wishes } from './event-wishes.ts';
import type { ProxiedNode } from './fast-fleet.ts';
import { freshUser, hears, hold, isAudited, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';

const single = makePolicy({ policy: 'single' });

describe('lease of a node in Redis', () => {
  const fleet = new FastFleet(wishes);
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  describe('node without a lease', () => {
    /** A node that loses its lease because it cannot subscribe, and goes on auditing. */
    async function deafNode(): Promise<ProxiedNode> {
      const a = await fleet.behindProxy({ auditS: 1 });
      a.proxy.blackhole(subscriberLinks, 'toClient');
      a.proxy.cut(subscriberLinks);
      return a;
    }
    function losesLease({ registry }: FleetNode): Promise<void> {
      return vi.waitFor(
        () => expect(registry.health().reasons).toContain('the lease of this node has run out'),
        patient,
      );
    }

    it('puts nothing back that was swept, until it has a lease again', async () => {
      const [a, b] = [await deafNode(), await fleet.node()];
      const sessions = await Promise.all([
        hold(a, loginOf(freshUser())),
        hold(b, loginOf(freshUser())),
      ]);
      await losesLease(a);
      await vi.waitFor(
        async () => expect(await fleet.leases()).toEqual([b.registry.nodeId]),
        patient,
      );
      await fleet.settles(b);
      const audited = a.registry.counters.auditedSessions;
      await vi.waitFor(
        () => expect(a.registry.counters.auditedSessions - audited).toBeGreaterThanOrEqual(3),
        patient,
      );
      expect([...(await fleet.registered()).keys()]).toEqual([sessions[1].sessionId]);
      expect(await fleet.server.call('KEYS', `*:node:${a.registry.nodeId}`)).toEqual([]);
      a.proxy.heal();
      await fleet.settles(a, b);
    });

    it('still finds the kicks that it could not hear of', async () => {
      const a = await deafNode();
      const phone = await hold(a, loginOf(freshUser()));
      await losesLease(a);
      await fleet.kickUnheard(phone);
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
    });

    it('registers no login that reaches Redis after the end of the lease', async () => {
      const a = await fleet.behindProxy({ commandTimeoutMs: 6000 });
      const phone = loginOf(freshUser());
      a.proxy.stall();
      const outcome = a.registry.login(phone);
      await vi.waitFor(async () => {
        expect(await fleet.leaseEnd(a)).toBeLessThan(await fleet.storeMs());
      }, patient);
      a.proxy.heal();
      expect((await outcome).kind).toBe('unavailable');
      expect(await fleet.registered()).toEqual(new Map());
    });
  });

  describe('node that was cut off past its lease', () => {
    it('learns that Redis was emptied, although the beat that found it out was given up', async () => {
      const a = await fleet.node();
      await holdMany(a, 20);
      const busyThenEmpty = `
        local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
        local ends_at = now() + 1000
        while now() < ends_at do end
        return redis.call('FLUSHALL')`;
      await fleet.server.call('EVAL', busyThenEmpty, 0);
      expect(a.registry.counters.failedBeats).toBe(1);
      await fleet.settles(a);
      expect(a.registry.counters).toMatchObject({ leaseLapses: 1, reregistered: 20 });
      await isAudited(a);
    });

    it('is swept, and comes back with what is still its own', async () => {
      const [a, b, c] = [await fleet.behindProxy(), await fleet.node(), await fleet.node()];
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
      expect(await fleet.leases()).not.toContain(a.registry.nodeId);
      const swept = await fleet.events('timedOut');
      expect(swept.map(({ sessionId }) => sessionId).sort()).toEqual(
        old.map(({ sessionId }) => sessionId).sort(),
      );
      expect(swept[0]).toMatchObject({
        kind: 'timedOut',
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
      await fleet.settles(a, b, c);
      expect(a.heard.map(({ kind }) => kind)).toEqual(Array(100).fill('kicked'));
      expect(b.heard).toEqual([]);
      expect(b.held.size).toBe(newer.length + others.length);
      await isAudited(a);
      await register(a, loginOf(freshUser()));
    });

    it('is not taken for dead by one who was cut off as well and comes back first', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.behindProxy()];
      await Promise.all([holdMany(a, 20), holdMany(b, 20)]);
      for (const { proxy } of [a, b]) proxy.stall();
      await vi.waitFor(async () => {
        const ends = [await fleet.leaseEnd(a), await fleet.leaseEnd(b)];
        expect(Math.max(...ends)).toBeLessThan(await fleet.storeMs());
      }, patient);
      a.proxy.heal();
      await isAudited(a);
      // It is back, and two of its beats name the other one, who is late.
      for (let i = 0; i < 2; i += 1) {
        const end = await fleet.leaseEnd(a);
        await vi.waitFor(async () => expect(await fleet.leaseEnd(a)).toBeGreaterThan(end), patient);
      }
      b.proxy.heal();
      await isAudited(b);
      await fleet.settles(a, b);
      expect(await fleet.events('timedOut')).toEqual([]);
      expect([...a.heard, ...b.heard]).toEqual([]);
    });
  });

  describe('lease', () => {
    it('is given back by a node that stops with nothing left', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.held.clear();
      await a.registry.logout(phone, 'left');
      await a.registry.stop();
      expect(await fleet.leases()).toEqual([b.registry.nodeId]);
    });

    it('runs out behind a node that leaves sessions, so that they are swept', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      await holdMany(a, 5);
      await a.registry.stop();
      expect(await fleet.leases()).toContain(a.registry.nodeId);
      await fleet.settles(b);
      expect(await fleet.leases()).toEqual([b.registry.nodeId]);
    });

    it('is made to last by a node whose clients were told to come back, and nobody sweeps before', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const [stays, comes] = await holdMany(a, 2);
      const stoppedAt = await fleet.storeMs();
      await a.registry.stop(4000);
      expect(await fleet.leaseEnd(a)).toBeGreaterThanOrEqual(stoppedAt + 4000);
      // Its lease of 2 s would have ended by now; until the new end everything is as it was.
      await vi.waitFor(
        async () => expect(await fleet.storeMs()).toBeGreaterThan(stoppedAt + 2000),
        patient,
      );
      expect((await fleet.registered()).has(stays?.sessionId ?? '')).toBe(true);
      if (comes !== undefined) await hold(b, loginOf(comes));
      await fleet.settles(b);
      expect(await fleet.storeMs()).toBeGreaterThanOrEqual(stoppedAt + 4000);
      expect((await fleet.events('timedOut')).map(({ sessionId }) => sessionId)).toEqual([
        stays?.sessionId,
      ]);
    });

    it('is not cut short by a hold that is shorter, nor given again to a node that lost it', async () => {
      const a = await fleet.node();
      await holdMany(a, 1);
      const end = await fleet.leaseEnd(a);
      await a.registry.stop(1);
      expect(await fleet.leaseEnd(a)).toBeGreaterThanOrEqual(end);
      const { standing } = loadScripts();
      const hold5s = (): Promise<unknown> =>
        fleet.server.call('EVAL', standing.lua, 2, keys.leases, keys.load, 'dead', 'hold', 5000);
      await fleet.server.cli('ZADD', keys.leases, 1, 'dead');
      await hold5s();
      expect(await fleet.server.cli('ZSCORE', keys.leases, 'dead')).toBe('1');
      await fleet.server.cli('ZREM', keys.leases, 'dead');
      await hold5s();
      expect(await fleet.leases()).not.toContain('dead');
    });
  });
});
