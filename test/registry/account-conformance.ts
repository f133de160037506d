import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserRef } from '../../gateway/registry/user.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { freshUser, hears, loginOf, register } from './fleet.ts';

/** What every registry has to promise about accounts, whatever it stores in. */
export function describeAccounts(name: string, fleet: Fleet): void {
  describe(`accounts in the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    const has = async (user: UserRef): Promise<boolean | undefined> =>
      (await b.registry.accounts.exist([user]))[0];

    it('come with the first login and stay after the last logout', async () => {
      const user = freshUser();
      expect(await has(user)).toBe(false);
      const login = loginOf(user);
      await register(a, login);
      expect(await has(user)).toBe(true);
      await register(a, loginOf(user, { instanceId: 'another' }));
      await a.registry.logout(login, 'left');
      expect(await has(user)).toBe(true);
    });

    it('do not come by looking at a user', async () => {
      const user = freshUser();
      await a.registry.watch([user]);
      await a.registry.statuses([user]);
      await a.registry.sessions(user);
      await a.registry.kick(user, 'all', 'REST');
      await a.registry.accounts.exist([user]);
      expect(await has(user)).toBe(false);
    });

    it('come by an import, which may be repeated and leaves no session', async () => {
      const users = [freshUser(), freshUser()];
      await a.registry.accounts.import(users);
      await a.registry.accounts.import([...users, ...users]);
      expect(await b.registry.accounts.exist(users)).toEqual([true, true]);
      expect(await b.registry.statuses(users)).toMatchObject([
        { state: 'offline', version: 0 },
        { state: 'offline', version: 0 },
      ]);
    });

    it('are told in the order of the question, for many users, twins and none', async () => {
      const users = Array.from({ length: 1000 }, freshUser);
      await a.registry.accounts.import(users.filter((_user, i) => i % 3 === 0));
      const expected = users.map((_user, i) => i % 3 === 0);
      expect(await b.registry.accounts.exist([...users, ...users])).toEqual([
        ...expected,
        ...expected,
      ]);
      expect(await b.registry.accounts.exist([])).toEqual([]);
      await b.registry.accounts.import([]);
    });

    it('go when they are deleted, together with sessions and tickets', async () => {
      const user = freshUser();
      const login = loginOf(user);
      await register(a, login);
      const { ended, wasThere, atMs } = await b.registry.accounts.delete(user);
      expect([wasThere, ended.map(({ session }) => session.sessionId)]).toEqual([
        true,
        [login.sessionId],
      ]);
      expect(Math.abs(atMs - Date.now())).toBeLessThan(60_000);
      expect(await hears(a, login.sessionId)).toMatchObject({
        kind: 'kicked',
        kick: { type: 'REST' },
      });
      expect(await has(user)).toBe(false);
      const again = { ...login, sessionId: 'again' };
      expect((await a.registry.login(again)).kind).toBe('revoked');
      expect(await has(user)).toBe(false);
      const ticketIssuedAt = Math.floor(atMs / 1000) + 1;
      await register(a, loginOf(user, { ticketIssuedAt }));
      expect(await has(user)).toBe(true);
    });

    it('are not there twice to be deleted', async () => {
      const [imported, stranger] = [freshUser(), freshUser()];
      await a.registry.accounts.import([imported]);
      expect(await b.registry.accounts.delete(imported)).toMatchObject({
        wasThere: true,
        ended: [],
      });
      expect(await a.registry.accounts.delete(imported)).toMatchObject({ wasThere: false });
      expect(await a.registry.accounts.delete(stranger)).toMatchObject({ wasThere: false });
    });

    it('stay when tickets are revoked or the user is banned', async () => {
      const user = freshUser();
      await a.registry.accounts.import([user]);
      await a.registry.revoke(user);
      await a.registry.ban(user, Infinity);
      expect(await has(user)).toBe(true);
    });

    describe('with the days on which users were active', () => {
      /** The counts of all days of an app: a test may run round midnight. */
      async function countsOf(sdkAppId: number): Promise<object> {
        const { accounts, days } = await b.registry.accounts.activity(sdkAppId);
        const sum = { accounts, joined: 0, returned: 0, stayed: 0, imported: 0 };
        for (const counts of days.values()) {
          for (const kind of ['joined', 'returned', 'stayed', 'imported'] as const) {
            sum[kind] += counts[kind];
          }
        }
        return sum;
      }
      const none = { accounts: 0, joined: 0, returned: 0, stayed: 0, imported: 0 };

      it('counts a user once, however often and from wherever there are logins', async () => {
        const sdkAppId = 1_400_000_101;
        const user = { ...freshUser(), sdkAppId };
        expect(await countsOf(sdkAppId)).toEqual(none);
        const [phone, mac] = [loginOf(user), loginOf(user, { instanceId: 'm', platform: 'mac' })];
        await register(a, phone);
        await register(b, mac);
        await a.registry.logout(phone, 'left');
        await b.registry.logout(mac, 'lost');
        await register(a, loginOf(user));
        await register(b, loginOf({ ...freshUser(), sdkAppId }));
        expect(await countsOf(sdkAppId)).toEqual({ ...none, accounts: 2, joined: 2 });
      });

      it('tells those who were imported from those who signed up by a login', async () => {
        const sdkAppId = 1_400_000_102;
        const users = [freshUser(), freshUser()].map((user) => ({ ...user, sdkAppId }));
        await a.registry.accounts.import([...users, ...users]);
        expect(await countsOf(sdkAppId)).toEqual({ ...none, accounts: 2, imported: 2 });
        for (const user of users) await register(a, loginOf(user));
        const counts = { ...none, accounts: 2, imported: 2, returned: 2 };
        expect(await countsOf(sdkAppId)).toEqual(counts);
        await a.registry.accounts.import(users);
        expect(await countsOf(sdkAppId)).toEqual(counts);
      });

      it('keeps the counts of users whose accounts are deleted', async () => {
        const sdkAppId = 1_400_000_103;
        const user = { ...freshUser(), sdkAppId };
        await register(a, loginOf(user));
        await a.registry.accounts.delete(user);
        expect(await countsOf(sdkAppId)).toEqual({ ...none, joined: 1 });
      });
    });

    it('are those of one app', async () => {
      const user = freshUser();
      await a.registry.accounts.import([user]);
      expect(await has({ ...user, sdkAppId: user.sdkAppId + 1 })).toBe(false);
    });
  });
}
