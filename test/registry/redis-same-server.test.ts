import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commanders } from '../faults/proxy.ts';
import { startRedis } from '../support/redis-server.ts';
import { FastFleet, holdMany, patient, type ProxiedNode } from './fast-fleet.ts';
import { freshUser, hears, hold, isAudited, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';

/** A lease that outlives what is done to the links, and beats that are seldom: a new connection brings its own. */
const lasting = { leaseS: 30 };

describe('new connection for commands', () => {
  const fleet = new FastFleet();
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  /** Waits until the node has had a new connection, and a beat on it. */
  async function beatsAfter(node: FleetNode, harm: () => unknown): Promise<void> {
    const before = await fleet.leaseEnd(node);
    await harm();
    await vi.waitFor(
      async () => expect(await fleet.leaseEnd(node)).toBeGreaterThan(before),
      patient,
    );
    await isAudited(node);
  }
  const newest = (node: ProxiedNode): number =>
    Math.max(...node.proxy.links.map(({ number }) => number));
  function isAuditedAgain({ registry }: FleetNode, audits: number): Promise<void> {
    return vi.waitFor(() => expect(registry.counters.audits).toBeGreaterThan(audits), patient);
  }

  describe('to the same server', () => {
    it('is no doubt where the last one was cut', async () => {
      const [a, b] = [await fleet.behindProxy(lasting), await fleet.node()];
      const sessions = await holdMany(a, 100);
      const before = newest(a);
      for (let i = 0; i < 3; i += 1) await beatsAfter(a, () => a.proxy.cut(commanders));
      expect(newest(a)).toBeGreaterThanOrEqual(before + 3);
      expect(a.registry.counters).toMatchObject({ audits: 0, auditedSessions: 0, leaseLapses: 0 });
      expect(a.registry.health()).toMatchObject({ ready: true, isAuditing: false });
      await fleet.settles(a);
      await register(a, loginOf(freshUser()));
      const [phone] = sessions;
      if (phone !== undefined) await b.registry.kick(phone, 'all', 'REST');
      expect((await hears(a, phone?.sessionId ?? '')).kind).toBe('kicked');
    });

    it('is no doubt where the last one went silent, and no kick is lost meanwhile', async () => {
      const [a, b] = [await fleet.behindProxy(lasting), await fleet.node()];
      const [phone, leaves] = await holdMany(a, 2);
      if (phone === undefined || leaves === undefined) throw new Error('no sessions');
      await beatsAfter(a, async () => {
        a.proxy.lose(commanders);
        a.held.delete(leaves.sessionId);
        expect(await a.registry.logout(leaves, 'left')).toBe('unavailable');
        await b.registry.kick(phone, 'all', 'REST');
        expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
      });
      await fleet.settles(a);
      expect(a.registry.counters).toMatchObject({ audits: 0, auditedSessions: 0, leaseLapses: 0 });
    });

    it('is no doubt for any node where the server stood still', async () => {
      const nodes = [await fleet.node(lasting), await fleet.node(lasting)];
      const sessions = await Promise.all(nodes.map((node) => holdMany(node, 50)));
      const [a, b] = nodes;
      const phone = sessions[0]?.[0];
      if (a === undefined || b === undefined || phone === undefined) throw new Error('no nodes');
      const closed = (): string[] =>
        fleet.logged.filter((line) => /connection to Redis closed.*"commands"/.test(line));
      const before = closed().length;
      const ends = await Promise.all(nodes.map((node) => fleet.leaseEnd(node)));
      fleet.server.pause();
      await Promise.all(nodes.map((node) => node.registry.login(loginOf(freshUser()))));
      await vi.waitFor(() => expect(closed().length).toBeGreaterThanOrEqual(before + 2), patient);
      fleet.server.resume();
      for (const [i, node] of nodes.entries()) {
        await vi.waitFor(
          async () => expect(await fleet.leaseEnd(node)).toBeGreaterThan(ends[i] ?? 0),
          patient,
        );
        await isAudited(node);
        expect(node.registry.counters).toMatchObject({ audits: 0, auditedSessions: 0 });
      }
      await b.registry.kick(phone, 'all', 'REST');
      expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
    });

    it('is no doubt where a beat was on its way as the last one broke, or found none', async () => {
      const a = await fleet.behindProxy({ leaseS: 12, commandTimeoutMs: 2000 });
      await holdMany(a, 20);
      const before = await fleet.leaseEnd(a);
      a.proxy.lose(commanders, 'toClient');
      await vi.waitFor(
        async () => expect(await fleet.leaseEnd(a)).toBeGreaterThan(before),
        patient,
      );
      a.proxy.refuse();
      a.proxy.cut(commanders);
      const { counters } = a.registry;
      await vi.waitFor(() => expect(counters.failedBeats).toBeGreaterThanOrEqual(2), patient);
      await beatsAfter(a, () => a.proxy.heal());
      expect(counters).toMatchObject({ audits: 0, auditedSessions: 0, leaseLapses: 0 });
    });

    it('loads no script again', async () => {
      const a = await fleet.behindProxy(lasting);
      await fleet.server.cli('CONFIG', 'RESETSTAT');
      await beatsAfter(a, () => a.proxy.cut(commanders));
      expect(await fleet.server.cli('INFO', 'commandstats')).not.toContain('cmdstat_script|load');
    });

    it('serves although the scripts are gone', async () => {
      const a = await fleet.behindProxy(lasting);
      await fleet.server.cli('SCRIPT', 'FLUSH');
      await beatsAfter(a, () => a.proxy.cut(commanders));
      await register(a, loginOf(freshUser()));
      expect(a.registry.counters.audits).toBe(0);
    });
  });

  describe('is a doubt', () => {
    it('where the server was emptied meanwhile', async () => {
      const a = await fleet.behindProxy(lasting);
      await holdMany(a, 20);
      a.proxy.refuse();
      a.proxy.cut(commanders);
      await fleet.server.cli('FLUSHALL');
      a.proxy.heal();
      await isAuditedAgain(a, 0);
      await isAudited(a);
      await fleet.settles(a);
      expect(a.registry.counters).toMatchObject({ reregistered: 20, leaseLapses: 1 });
    });

    it('where the server was started again, with all of its data', async () => {
      const a = await fleet.behindProxy(lasting);
      const [kept] = await holdMany(a, 20);
      await fleet.server.cli('SAVE');
      // The snapshot knows nothing of this one, and the lease that it brings back still holds.
      const late = await hold(a, loginOf(freshUser()));
      await fleet.server.restart();
      await isAuditedAgain(a, 0);
      await fleet.settles(a);
      expect([...a.held.keys()]).toEqual(expect.arrayContaining([kept?.sessionId, late.sessionId]));
      expect(a.registry.counters).toMatchObject({ reregistered: 1, leaseLapses: 0 });
    });

    it('where the server has followed another one meanwhile', async () => {
      const a = await fleet.behindProxy(lasting);
      const { late, swap } = await otherHistory(a);
      a.proxy.refuse();
      a.proxy.cut(commanders);
      await swap();
      a.proxy.heal();
      await isAuditedAgain(a, 0);
      await fleet.settles(a);
      expect(a.held.has(late.sessionId)).toBe(true);
      expect(a.registry.counters).toMatchObject({ reregistered: 1, leaseLapses: 0 });
    });

    it('where it leads to another server, although that has the same data', async () => {
      const a = await fleet.behindProxy(lasting);
      await holdMany(a, 20);
      const other = await copy();
      a.proxy.aim(other.port);
      a.proxy.cut(commanders);
      await isAuditedAgain(a, 0);
      expect(a.registry.counters).toMatchObject({ leaseLapses: 0 });
      // And back again: meanwhile the other one was written to.
      a.proxy.aim(fleet.server.port);
      a.proxy.cut(commanders);
      await isAuditedAgain(a, 1);
      await other.stop();
    });

    it('where the server may not say who it is', async () => {
      const a = await fleet.behindProxy(lasting);
      await holdMany(a, 20);
      await fleet.server.cli('ACL', 'SETUSER', 'default', '-info');
      try {
        a.proxy.cut(commanders);
        await isAuditedAgain(a, 0);
        await isAudited(a);
        a.proxy.cut(commanders);
        await isAuditedAgain(a, 1);
      } finally {
        await fleet.server.cli('ACL', 'SETUSER', 'default', '+info');
      }
      const told = fleet.logged.filter((line) => line.includes('which server it is'));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/^warn .*\+info/);
      // Once it may, the next connection is compared with this one.
      a.proxy.cut(commanders);
      await isAuditedAgain(a, 2);
      const { audits } = a.registry.counters;
      await beatsAfter(a, () => a.proxy.cut(commanders));
      expect(a.registry.counters.audits).toBe(audits);
    });
  });

  it('is not needed to find that the server has followed another one: a beat tells', async () => {
    const a = await fleet.node({ leaseS: 600 });
    const { swap } = await otherHistory(a);
    await swap();
    const [channel] = (await fleet.server.call('PUBSUB', 'CHANNELS')) as string[];
    // Hurries the beat.
    await fleet.server.call('PUBLISH', channel ?? '', 'policies 1');
    await isAuditedAgain(a, 0);
    await fleet.settles(a);
    expect(a.registry.counters).toMatchObject({ reregistered: 1, leaseLapses: 0 });
  });

  /** Another server with what the fleet's knows now. */
  async function copy(): ReturnType<typeof startRedis> {
    const other = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    await fleet.server.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
    await follow(other, fleet.server);
    await other.cli('REPLICAOF', 'NO', 'ONE');
    return other;
  }
  async function follow(server: FastFleet['server'], primary: FastFleet['server']): Promise<void> {
    await server.cli('REPLICAOF', '127.0.0.1', primary.port);
    await vi.waitFor(
      async () => expect(await server.cli('INFO', 'replication')).toMatch(/master_link_status:up/),
      patient,
    );
  }
  /** A login that the fleet's server is to lose, by following for a moment one that has a copy of what was before. */
  async function otherHistory(node: FleetNode) {
    await holdMany(node, 20);
    const other = await copy();
    const late = await hold(node, loginOf(freshUser()));
    const swap = async (): Promise<void> => {
      await follow(fleet.server, other);
      await fleet.server.cli('REPLICAOF', 'NO', 'ONE');
      await other.stop();
      expect((await fleet.registered()).has(late.sessionId)).toBe(false);
      expect(await fleet.leases()).toContain(node.registry.nodeId);
    };
    return { late, swap };
  }
});
