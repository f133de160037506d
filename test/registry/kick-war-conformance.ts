import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { freshUser, heardOf, liveSessions, loginOf, register } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

/** Gives nothing back while a test lasts. */
const evictions = { burst: 4, refillMs: 3_600_000 };
const policy = makePolicy({ policy: 'triple', evictions });

/** What every registry has to promise about the devices of one user that fight over a place. */
export function describeKickWars(name: string, fleet: Fleet): void {
  describe(`${name} registry, in a kick war`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    type User = ReturnType<typeof freshUser>;
    const phone = (user: User, wish = {}) => loginOf(user, { policy, ...wish });
    const tablet = (user: User, wish = {}) =>
      loginOf(user, { policy, instanceId: 'tablet', platform: 'ipad', ...wish });

    /** Phone and tablet log in by turns, on two nodes, until `count` evictions are spent. */
    async function fight(user: User, count: number): Promise<void> {
      await register(a, phone(user));
      for (let i = 0; i < count; i += 1) {
        await register(i % 2 === 0 ? b : a, (i % 2 === 0 ? tablet : phone)(user));
      }
    }

    it('[KICK-8] damps a login that would evict when the allowance is used up, and changes nothing', async () => {
      const user = freshUser();
      await fight(user, evictions.burst);
      const before = await a.registry.sessions(user);
      expect(before).toMatchObject([{ instanceId: 'phone' }]);
      const late = tablet(user);
      const outcome = await b.registry.login(late);
      expect(outcome).toMatchObject({
        kind: 'damped',
        rivals: [{ instanceId: 'phone', platform: 'ios' }],
      });
      const { waitMs } = outcome as Extract<typeof outcome, { kind: 'damped' }>;
      expect(waitMs).toBeGreaterThan(evictions.refillMs - 60_000);
      expect(waitMs).toBeLessThanOrEqual(evictions.refillMs);
      expect(await a.registry.sessions(user)).toEqual(before);
      expect(await heardOf(a, [before[0]?.sessionId ?? '', late.sessionId])).toEqual([]);
      // Its kick mark is there as well.
      const back = await a.registry.login(tablet(user, { refuseIfKicked: true }));
      expect(back).toMatchObject({ kind: 'kicked', kick: { byInstanceId: 'phone' } });
    });

    it('[KICK-8] damps an automatic login from half of the allowance on', async () => {
      const user = freshUser();
      await fight(user, evictions.burst / 2 + 1);
      const [record] = await a.registry.sessions(user);
      expect(record?.instanceId).toBe('tablet');
      const back = await a.registry.login(phone(user, { isAutomatic: true }));
      expect(back.kind).toBe('damped');
      await register(a, phone(user));
    });

    it('[KICK-8] lets in whoever pushes nobody out', async () => {
      const user = freshUser();
      await fight(user, evictions.burst);
      const before = await liveSessions(a, user);
      const desktop = loginOf(user, { policy, instanceId: 'mac', platform: 'mac' });
      await register(b, desktop);
      expect(await liveSessions(a, user)).toEqual([desktop.sessionId, ...before]);
      const again = phone(user);
      await register(b, again);
      expect(await liveSessions(a, user)).toEqual([again.sessionId, desktop.sessionId]);
      expect(await a.registry.logout(again, 'left')).toBe('done');
      await register(b, tablet(user, { isAutomatic: true }));
    });

    it('counts neither replacements, nor repeats, nor kicks by a back end', async () => {
      const user = freshUser();
      for (let i = 0; i < 2 * evictions.burst; i += 1) {
        const login = phone(user, { isAutomatic: true });
        await register(i % 2 === 0 ? a : b, login);
        await register(i % 2 === 0 ? a : b, login);
      }
      for (let i = 0; i < 2 * evictions.burst; i += 1) {
        await a.registry.kick(user, 'all', 'REST');
        await register(a, phone(user));
      }
      const repeated = tablet(user);
      for (let i = 0; i < 2 * evictions.burst; i += 1) await register(b, repeated);
      for (let i = 1; i < evictions.burst; i += 1) {
        await register(a, (i % 2 === 0 ? tablet : phone)(user));
      }
      expect((await b.registry.login(tablet(user))).kind).toBe('damped');
    });

    it('lets one login end more sessions than are left, and takes them all', async () => {
      const user = freshUser();
      const wide = makePolicy({ policy: 'multi', limits: { web: 10 }, evictions });
      for (let n = 0; n < 6; n += 1) {
        const tab = { instanceId: `tab-${n}`, platform: 'web', policy: wide } as const;
        await register(a, loginOf(user, tab));
      }
      const narrow = makePolicy({ policy: 'single', evictions });
      const last = phone(user, { policy: narrow });
      await register(b, last);
      expect(await liveSessions(a, user)).toEqual([last.sessionId]);
      const outcome = await a.registry.login(tablet(user));
      expect(outcome.kind).toBe('damped');
      const waitMs = 'waitMs' in outcome ? outcome.waitMs : 0;
      expect(Math.ceil(waitMs / evictions.refillMs)).toBe(3);
    });

    it('remembers the allowance when everybody has left', async () => {
      const user = freshUser();
      await fight(user, evictions.burst);
      for (const instance of [phone, tablet]) {
        for (const { instanceId, sessionId } of await a.registry.sessions(user)) {
          await a.registry.logout({ ...user, instanceId, sessionId }, 'left');
        }
        const login = instance(user);
        await register(a, login);
        await a.registry.logout(login, 'left');
      }
      expect(await a.registry.sessions(user)).toEqual([]);
      await register(a, phone(user));
      expect((await b.registry.login(tablet(user))).kind).toBe('damped');
    });

    it('lets the next login in when its time has come', async () => {
      const user = freshUser();
      const quick = makePolicy({ policy: 'single', evictions: { burst: 1, refillMs: 100 } });
      const logins = [phone, tablet].map((make) => () => make(user, { policy: quick }));
      let wins = 0;
      // Each turn is another device's, and each must get in some time.
      for (const [i, login] of [...logins, ...logins, ...logins].entries()) {
        await vi.waitFor(() => register(i % 2 === 0 ? a : b, login()), {
          timeout: 5000,
          interval: 5,
        });
        wins += 1;
      }
      expect(wins).toBe(6);
    });

    it('does not concern other users, nor policies without a bound', async () => {
      const user = freshUser();
      await fight(user, evictions.burst);
      expect((await b.registry.login(tablet(user))).kind).toBe('damped');
      await fight(freshUser(), evictions.burst);
      const open = makePolicy({ policy: 'triple' });
      await register(b, tablet(user, { policy: open }));
      await register(b, phone(user, { policy: open }));
    });
  });
}
