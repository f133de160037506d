import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UserRef } from '../../gateway/registry/user.ts';
import { subscribers as subscriberLinks } from '../faults/proxy.ts';
import { FastFleet, holdMany, patient, placeOf } from './fast-fleet.ts';
import {
  believes,
  freshUser,
  hold,
  isAudited,
  loginOf,
  register,
  watch,
  type FleetNode,
} from './fleet.ts';

const offline = { state: 'offline', platforms: [], customStatus: '' } as const;

describe('presence in Redis', () => {
  const fleet = new FastFleet();
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  /** How often Redis has run this command, in scripts too. */
  async function callsOf(command: string): Promise<number> {
    const stats = await fleet.server.cli('INFO', 'commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }
  async function fields(user: UserRef, node: FleetNode): Promise<string[]> {
    const { record } = placeOf(node, user);
    return ((await fleet.server.call('HKEYS', record)) as string[]).toSorted();
  }
  function toldOf(node: FleetNode, { sdkAppId, userId }: UserRef) {
    return node.watched.get(`${sdkAppId}:${userId}`)?.told ?? [];
  }

  describe('cost', () => {
    it('is no PUBLISH for users nobody watches', async () => {
      const [a, b] = [await fleet.node({ leaseS: 600 }), await fleet.node({ leaseS: 600 })];
      const user = freshUser();
      await a.registry.statuses([user]);
      const before = await callsOf('publish');
      const phone = loginOf(user);
      await register(a, phone);
      await a.registry.setStatus(phone, 'busy');
      await a.registry.logout(phone, 'lost');
      await register(b, loginOf(user, { instanceId: 'tab', platform: 'web' }));
      await b.registry.statuses([user]);
      expect((await callsOf('publish')) - before).toBe(0);
    });

    it('is one PUBLISH a change for each node that watches', async () => {
      const nodes = [await fleet.node({ leaseS: 600 }), await fleet.node({ leaseS: 600 })];
      const user = freshUser();
      for (const node of nodes) await watch(node, user);
      const [a] = nodes as [FleetNode];
      const before = await callsOf('publish');
      await register(a, loginOf(user));
      expect((await callsOf('publish')) - before).toBe(2);
    });
  });

  describe('record', () => {
    it('is what records.lua says it is', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const user = freshUser();
      const phone = loginOf(user);
      await watch(b, user);
      const epoch = await register(a, phone);
      await a.registry.setStatus(phone, 'ünder wäter');
      await a.registry.logout(phone, 'lost');
      const { record } = placeOf(a, user);
      const get = (field: string) => fleet.server.call('HGET', record, field);
      const nowS = (await fleet.storeMs()) / 1000;
      const version = (await a.registry.statuses([user]))[0]?.version;
      expect(await fields(user, a)).toEqual(
        ['epoch', 'l:phone', 'status', `w:${b.registry.nodeId}`].toSorted(),
      );
      expect(await get('epoch')).toBe(String(version));
      expect(await get('status')).toBe('ünder wäter');
      const [sessionId, platform, ofLogin, lostAt, endsAt] = String(await get('l:phone')).split(
        ' ',
      );
      expect([sessionId, platform, ofLogin, lostAt]).toEqual([
        phone.sessionId,
        'ios',
        String(epoch),
        String(version),
      ]);
      expect(Math.abs(Number(endsAt) - nowS - 3600)).toBeLessThanOrEqual(2);
      expect(Number(await get(`w:${b.registry.nodeId}`)) - nowS).toBeGreaterThan(1700);
    });

    it('lives as long as the instance may be away, and no longer', async () => {
      const a = await fleet.node({ pushOnlineS: 100_000 });
      const phone = loginOf(freshUser());
      await register(a, phone);
      await a.registry.logout(phone, 'lost');
      const ttl = Number(await fleet.server.cli('TTL', placeOf(a, phone).record));
      expect(ttl).toBeGreaterThan(99_990);
      expect(ttl).toBeLessThanOrEqual(100_001);
    });

    it('of a user nobody knows ends with the interest in her', async () => {
      const a = await fleet.node({ auditS: 5 });
      const user = freshUser();
      await watch(a, user);
      const ttl = Number(await fleet.server.cli('TTL', placeOf(a, user).record));
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThan(2 * 3600);
    });
  });

  describe('interest of a node', () => {
    it('is taken back when it is told of a user nobody watches any more', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const user = freshUser();
      await watch(b, user);
      b.watched.clear();
      await register(a, loginOf(user));
      await vi.waitFor(
        async () => expect(await fields(user, a)).not.toContain(`w:${b.registry.nodeId}`),
        patient,
      );
    });

    it('of a node that died ends, and its field goes with the next change after that', async () => {
      const a = await fleet.node({ leaseS: 600 });
      const dead = await fleet.node({ leaseS: 600, auditS: 1 });
      const user = freshUser();
      await watch(dead, user);
      await dead.registry.stop();
      const field = `w:${dead.registry.nodeId}`;
      const endsAt = Number(await fleet.server.call('HGET', placeOf(a, user).record, field));
      await vi.waitFor(
        async () => expect(await fleet.storeMs()).toBeGreaterThan(endsAt * 1000),
        patient,
      );
      const before = await callsOf('publish');
      await register(a, loginOf(user));
      expect(await fields(user, a)).toEqual(['epoch', 's:phone']);
      expect(await callsOf('publish')).toBe(before);
    });

    it('outlives many of its times, for a look at each user in each', async () => {
      const [a, b] = [await fleet.node(), await fleet.node({ auditS: 1 })];
      const users = Array.from({ length: 50 }, freshUser);
      for (const user of users) await watch(b, user);
      await vi.waitFor(
        () => expect(b.registry.counters.renewedWatches).toBeGreaterThan(200),
        patient,
      );
      for (const user of users) await register(a, loginOf(user));
      for (const user of users) await believes(b, user, { state: 'online' });
    });
  });

  describe('notification that was lost', () => {
    it('is made up for by the slow renewal', async () => {
      const [a, b] = [await fleet.node(), await fleet.node({ auditS: 1 })];
      const phone = await hold(a, loginOf(freshUser()));
      await watch(b, phone);
      await fleet.kickUnheard(phone);
      await believes(b, phone, offline);
    });

    it('is made up for at once by a subscription that was cut', async () => {
      const [a, b] = [await fleet.node(), await fleet.behindProxy()];
      const phone = await hold(a, loginOf(freshUser()));
      await watch(b, phone);
      b.proxy.refuse();
      b.proxy.cut(subscriberLinks);
      await vi.waitFor(() => expect(b.registry.health().isAuditing).toBe(true), patient);
      await a.registry.logout(phone, 'left');
      b.proxy.heal();
      await believes(b, phone, offline);
    });
  });

  describe('Redis that was emptied', () => {
    it('makes nobody offline who is not, and is watched as before', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const users = await holdMany(a, 60);
      for (const user of users) await watch(b, user);
      await fleet.server.cli('FLUSHALL');
      await vi.waitFor(() => expect(a.registry.health().isAuditing).toBe(true), patient);
      await fleet.settles(a);
      await Promise.all([isAudited(a), isAudited(b)]);
      for (const user of users) {
        const wrong = toldOf(b, user).filter(
          ({ state, version }) => version > 0 && state !== 'online',
        );
        expect(wrong).toEqual([]);
      }
      for (const user of users.slice(0, 10)) await a.registry.logout(user, 'left');
      for (const user of users.slice(0, 10)) await believes(b, user, offline);
    });

    it('is told in newer words when less of a user is left', async () => {
      const [a, b] = [await fleet.node(), await fleet.node()];
      const user = freshUser();
      await hold(a, loginOf(user));
      const tab = await hold(a, loginOf(user, { instanceId: 'tab', platform: 'web' }));
      await watch(b, user);
      await believes(b, user, { platforms: ['web', 'ios'] });
      a.held.delete(tab.sessionId);
      await fleet.server.cli('FLUSHALL');
      await believes(b, user, { state: 'online', platforms: ['ios'] });
    });
  });

  describe('node that died', () => {
    it('makes its users offline, or push-online where their device is a phone', async () => {
      const [dead, b] = [await fleet.node(), await fleet.node()];
      const [phone, page] = [
        await hold(dead, loginOf(freshUser())),
        await hold(dead, loginOf(freshUser(), { platform: 'web' })),
      ];
      for (const user of [phone, page]) await watch(b, user);
      await dead.registry.stop();
      await vi.waitFor(() => expect(b.registry.counters.sweptNodes).toBe(1), patient);
      await believes(b, phone, { state: 'pushOnline', platforms: [] });
      await believes(b, page, offline);
    });

    it('lets devices be kicked that it held, and they are told', async () => {
      const [dead, b] = [await fleet.node(), await fleet.node()];
      const phone = await hold(dead, loginOf(freshUser()));
      await dead.registry.stop();
      await vi.waitFor(() => expect(b.registry.counters.sweptNodes).toBe(1), patient);
      await register(b, loginOf(phone, { instanceId: 'pad', platform: 'ipad' }));
      const back = await b.registry.login(loginOf(phone, { refuseIfKicked: true }));
      expect(back).toMatchObject({ kind: 'kicked', kick: { byPlatform: 'ipad' } });
    });

    it('takes its users back when it was only cut off', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      await watch(b, phone);
      a.proxy.stall();
      await believes(b, phone, { state: 'pushOnline' });
      a.proxy.heal();
      await believes(b, phone, { state: 'online', platforms: ['ios'] });
      expect(await fields(phone, b)).not.toContain('l:phone');
    });
  });

  describe('push-online', () => {
    it('ends, is told when the watches are renewed, and takes the custom status with it', async () => {
      const [a, b] = [await fleet.node({ pushOnlineS: 2 }), await fleet.node({ auditS: 1 })];
      const phone = loginOf(freshUser());
      await register(a, phone);
      await a.registry.setStatus(phone, 'busy');
      await watch(b, phone);
      await a.registry.logout(phone, 'lost');
      const away = await believes(b, phone, { state: 'pushOnline', customStatus: 'busy' });
      const gone = await believes(b, phone, offline);
      expect(gone.version).toBeGreaterThan(away.version);
      expect(await fields(phone, a)).toEqual(['epoch', `w:${b.registry.nodeId}`]);
    });

    it('is over at once where there is no time for it', async () => {
      const a = await fleet.node({ pushOnlineS: 0 });
      const phone = loginOf(freshUser());
      await register(a, phone);
      await a.registry.logout(phone, 'lost');
      expect((await a.registry.statuses([phone]))[0]).toMatchObject(offline);
      expect(await fields(phone, a)).toEqual(['epoch']);
    });

    it('comes of a link that was lost while Redis was away', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.stall();
      a.held.clear();
      expect(await a.registry.logout(phone, 'lost')).toBe('unavailable');
      a.proxy.heal();
      await vi.waitFor(
        async () =>
          expect((await b.registry.statuses([phone]))[0]).toMatchObject({ state: 'pushOnline' }),
        patient,
      );
    });
  });

  describe('custom status', () => {
    it('is not set any more once its caller was told that it failed', async () => {
      const [a, b] = [await fleet.behindProxy(), await fleet.node()];
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.stall();
      expect(await a.registry.setStatus(phone, 'too late')).toBe('unavailable');
      await b.registry.setStatus(phone, 'in time');
      a.proxy.heal();
      await isAudited(a);
      expect((await b.registry.statuses([phone]))[0]).toMatchObject({ customStatus: 'in time' });
    });
  });
});
