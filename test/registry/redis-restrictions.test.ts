import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoginRequest } from '../../gateway/registry/login.ts';
import type { HeldSession } from '../../gateway/registry/held-sessions.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { memberOf } from '../../gateway/registry/redis/keys.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';
import { retention } from '../../gateway/registry/retention.ts';
import { FastFleet, keys, patient, placeOf } from './fast-fleet.ts';
import {
  freshUser,
  hears,
  hold,
  inAnHour,
  isAudited,
  loginOf,
  register,
  ticketUntil,
} from './fleet.ts';
import type { FleetNode } from './fleet.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe('restrictions in Redis', () => {
  const fleet = new FastFleet();
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  const ask = (...command: (string | number)[]): Promise<unknown> =>
    fleet.server.call(...(command as [string]));
  const field = (user: UserRef, name: string): Promise<unknown> => ask('HGET', keyOf(user), name);
  const ttl = (user: UserRef): Promise<number> => ask('TTL', keyOf(user)).then(Number);
  const keyOf = (user: UserRef): string =>
    keys.user(keys.partitionOf(memberOf(user)), memberOf(user));

  /** The keys of a script, their number before them. */
  function keysOf(name: 'revoke' | 'ban' | 'unban', user: UserRef): (string | number)[] {
    if (name !== 'revoke') return [1, keyOf(user)];
    return [2, keyOf(user), keys.accounts(keys.partitionOf(memberOf(user)), user.sdkAppId)];
  }

  /** A script as a node calls it whose message goes astray. */
  async function unheard(name: 'revoke' | 'ban', user: UserRef, last: number): Promise<void> {
    const { lua } = loadScripts()[name];
    await ask('EVAL', lua, ...keysOf(name, user), memberOf(user), 'nowhere:', 0, last, '', '', '');
  }
  /** Redis loses all it has of a user; the node has not noticed. */
  async function lose(user: UserRef): Promise<void> {
    await ask('DEL', keyOf(user));
  }
  async function endsByAudit(node: FleetNode, session: HeldSession, type: string): Promise<void> {
    await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await hears(node, session.sessionId)).toMatchObject({ kind: 'kicked', kick: { type } });
    expect(node.registry.counters.auditKicks).toBe(1);
    await isAudited(node);
  }

  describe('record', () => {
    it('is what records.lua says it is', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const second = nowS() + 20;
      const young = { ...ticketUntil(inAnHour), ticketIssuedAt: second };
      const phone = loginOf(user, young);
      const print = young.ticketFingerprint;
      const epoch = await register(a, phone);
      const { nodeId } = a.registry;
      expect(await field(user, 's:phone')).toBe(
        `${phone.sessionId} ${nodeId} ios ${epoch} ${inAnHour} * ${second} ${print}`,
      );
      await a.registry.logout(phone, 'left');
      expect(await field(user, 'tickets')).toBe(`${second}:${print}`);
      const { atMs } = await a.registry.revoke(user);
      const keepUntil = Math.floor(atMs / 1000) + retention.revocationLifeS;
      expect(await field(user, 'revoked')).toBe(`${atMs} ${keepUntil} ${second}:${print}`);
      expect(await field(user, 'tickets')).toBeNull();
      const endsAt = nowS() + 100;
      await a.registry.ban(user, endsAt);
      expect(await field(user, 'ban')).toMatch(new RegExp(`^${endsAt} \\d{10}$`));
    });

    it('keeps nothing of a ticket whose second is over', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const phone = loginOf(user);
      await register(a, phone);
      expect(await field(user, 's:phone')).toMatch(/ \*$/);
      await a.registry.renew(phone, ticketUntil(inAnHour));
      expect(await field(user, 's:phone')).toMatch(/ \*$/);
      await a.registry.logout(phone, 'left');
      expect(await ask('HKEYS', keyOf(user))).toEqual(['epoch']);
    });

    it('remembers no more tickets than it has room for', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const ahead = nowS() + 25;
      const logins = Array.from({ length: retention.ticketsPerUser + 5 }, () =>
        loginOf(user, { ...ticketUntil(inAnHour), ticketIssuedAt: ahead }),
      );
      for (const login of logins) await register(a, login);
      await a.registry.revoke(user);
      const tickets = String(await field(user, 'revoked'))
        .split(' ')
        .slice(2);
      expect(tickets).toEqual(
        logins.slice(5).map(({ ticketFingerprint }) => `${ahead}:${ticketFingerprint}`),
      );
    });

    it('[REVOKE-1] remembers the tickets of sessions that a sweep has removed', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const second = nowS() + 20;
      const young = { ...ticketUntil(inAnHour), ticketIssuedAt: second };
      await register(a, loginOf(user, young));
      const { index } = placeOf(a, user);
      const { lua } = loadScripts().sweep;
      const prefix = keyOf(user).slice(0, -memberOf(user).length);
      const words = [a.registry.nodeId, prefix, 10, Date.now() + 60_000, 3600, 'nowhere:'];
      expect(await ask('EVAL', lua, 1, index, ...words, '', '')).toEqual([1, 1]);
      expect(await field(user, 'tickets')).toBe(`${second}:${young.ticketFingerprint}`);
    });

    it('[REVOKE-5] lives as long as the revocation must be known, whatever else happens to it', async () => {
      const lifeS = 1_000_000;
      const a = await fleet.node({ revocationLifeS: lifeS });
      const user = freshUser();
      const { atMs } = await a.registry.revoke(user);
      const fits = async (): Promise<void> => {
        const left = await ttl(user);
        expect(left).toBeGreaterThan(lifeS - 60);
        expect(left).toBeLessThanOrEqual(lifeS);
      };
      await fits();
      const young = { ticketIssuedAt: Math.floor(atMs / 1000) };
      const phone = loginOf(user, young);
      await register(a, phone);
      await fits();
      await a.registry.logout(phone, 'left');
      await fits();
      await register(a, loginOf(user, young));
      await register(a, loginOf(user, { ...young, instanceId: 'tablet', platform: 'ipad' }));
      await a.registry.kick(user, 'all', 'REST');
      await fits();
    });

    it('[BAN-1] lives as long as the ban', async () => {
      const a = await fleet.node();
      const user = freshUser();
      await a.registry.ban(user, nowS() + 1_000_000);
      expect(await ttl(user)).toBeGreaterThan(999_000);
      await a.registry.ban(user, Infinity);
      expect(await ttl(user)).toBeGreaterThan(200 * 365 * 86_400);
      await a.registry.unban(user);
      expect(await ttl(user)).toBeLessThanOrEqual(retention.recordSlackS);
    });

    it('is left alone by a call whose caller has given up', async () => {
      const user = freshUser();
      const late = Date.now() - 1;
      for (const name of ['revoke', 'ban', 'unban'] as const) {
        const { lua } = loadScripts()[name];
        const words = name === 'unban' ? [late] : [memberOf(user), 'nowhere:', late, nowS() + 9];
        expect(await ask('EVAL', lua, ...keysOf(name, user), ...words)).toEqual([
          'late',
          expect.stringMatching(/^\d{13}$/),
        ]);
      }
      expect(await ask('EXISTS', keyOf(user))).toBe(0);
    });
  });

  describe('that a node did not hear of', () => {
    it('[REVOKE-2] end its sessions by the next audit', async () => {
      const a = await fleet.node();
      const session = await hold(a, loginOf(freshUser()));
      await unheard('revoke', session, 1000);
      await endsByAudit(a, session, 'REST');
    });

    it('[REVOKE-2] end a session that Redis had lost before', async () => {
      const a = await fleet.node();
      const session = await hold(a, loginOf(freshUser()));
      await lose(session);
      await unheard('revoke', session, 1000);
      await endsByAudit(a, session, 'REST');
      expect(await a.registry.sessions(session)).toEqual([]);
      // And it stays dead: its instance bears a mark.
      const back = loginOf(session, { refuseIfKicked: true });
      expect((await a.registry.login(back)).kind).toBe('kicked');
    });

    it('[REVOKE-2] end one in the second of its ticket as well, for it came before', async () => {
      const a = await fleet.node();
      const ahead = { ticketIssuedAt: nowS() + 20 };
      const session = await hold(a, loginOf(freshUser(), ahead));
      await lose(session);
      await unheard('revoke', session, 1000);
      await endsByAudit(a, session, 'REST');
    });

    it('[BAN-2] end a session that Redis had lost before', async () => {
      const a = await fleet.node();
      const session = await hold(a, loginOf(freshUser()));
      await lose(session);
      await unheard('ban', session, nowS() + 1000);
      await endsByAudit(a, session, 'banned');
      expect(await a.registry.login(loginOf(session))).toMatchObject({ kind: 'banned' });
    });

    it('[REVOKE-2] leave a session alone that came after them and that Redis has lost', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const { atMs } = await a.registry.revoke(user);
      const request: LoginRequest = loginOf(user, { ticketIssuedAt: Math.floor(atMs / 1000) });
      const session = await hold(a, request);
      await ask('HDEL', keyOf(user), 's:phone');
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await vi.waitFor(() => expect(a.registry.counters.reregistered).toBe(1), patient);
      await fleet.settles(a);
      expect([...a.held.keys()]).toEqual([session.sessionId]);
    });
  });

  describe('and renewals', () => {
    it('[REVOKE-4] end a session when Redis is back that took a revoked ticket meanwhile', async () => {
      const a = await fleet.behindProxy();
      const b = await fleet.node();
      const user = freshUser();
      const old = ticketUntil(inAnHour);
      const { atMs } = await b.registry.revoke(user);
      const session = await hold(a, loginOf(user, { ticketIssuedAt: Math.floor(atMs / 1000) }));
      a.proxy.reset();
      a.proxy.refuse();
      expect(await a.registry.renew(session, old)).toBe('unavailable');
      expect(await b.registry.sessions(user)).toHaveLength(1);
      a.proxy.heal();
      expect(await hears(a, session.sessionId)).toMatchObject({ kick: { type: 'REST' } });
      await vi.waitFor(async () => expect(await b.registry.sessions(user)).toEqual([]), patient);
    });

    it('[REVOKE-4] are found out by the audit where Redis never heard of them', async () => {
      const a = await fleet.node();
      const user = freshUser();
      const { atMs } = await a.registry.revoke(user);
      const session = await hold(a, loginOf(user, { ticketIssuedAt: Math.floor(atMs / 1000) }));
      a.held.set(session.sessionId, { ...session, ...ticketUntil(inAnHour) });
      await endsByAudit(a, session, 'REST');
      expect(await a.registry.sessions(user)).toEqual([]);
    });
  });

  it('cost an ordinary login no command more', async () => {
    const a = await fleet.node({ leaseS: 600 });
    // The first login of a day in a partition, which tidies up, is none.
    for (let i = 0; i < 200; i += 1) await register(a, loginOf(freshUser()));
    await fleet.server.cli('CONFIG', 'RESETSTAT');
    await register(a, loginOf(freshUser(), { ticketIssuedAt: nowS() }));
    const info = await fleet.server.cli('INFO', 'commandstats');
    const stats = Object.fromEntries(
      [...info.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]),
    );
    // The index of the node; the user's record; the account and the count of the day.
    expect(stats).toMatchObject({ time: 1, hgetall: 1, expireat: 1, expiretime: 1, sadd: 1 });
    expect(stats).toMatchObject({ hget: 1, hset: 2, hincrby: 1 });
    expect(stats).not.toHaveProperty('hmget');
    expect(stats).not.toHaveProperty('hdel');
  });
});
