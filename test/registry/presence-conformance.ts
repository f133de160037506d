import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { UserStatus } from '../../gateway/registry/status.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { retention } from '../../gateway/registry/retention.ts';
import type { Platform } from '../../protocol/platforms.ts';
import {
  belief,
  believes,
  freshUser,
  hears,
  heardOf,
  loginOf,
  register,
  watch,
  type Fleet,
  type FleetNode,
} from './fleet.ts';

const offline = { state: 'offline', platforms: [], customStatus: '' } as const;

/** What every registry has to promise of presence, whatever it stores in. Push-online must hold for longer than the run. */
export function describePresence(name: string, fleet: Fleet): void {
  describe(`presence in the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    const statusOf = async (user: UserRef): Promise<UserStatus | undefined> =>
      (await a.registry.statuses([user]))[0];
    /** All notifications that are on their way to the node have arrived. */
    const quiet = (node: FleetNode) => heardOf(node, []);

    describe('status', () => {
      it('is offline, with version 0, for a user nobody has seen', async () => {
        const user = freshUser();
        expect(await statusOf(user)).toEqual({ user, ...offline, version: 0 });
        expect(await a.registry.watch([user])).toEqual([{ user, ...offline, version: 0 }]);
      });

      it('is online with each platform once, in their fixed order', async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'multi', limits: { web: 3 } });
        const on = (instanceId: string, platform: Platform) =>
          register(a, loginOf(user, { instanceId, platform, policy }));
        await on('mac', 'mac');
        await on('tab-1', 'web');
        await on('phone', 'ios');
        await on('tab-2', 'web');
        const status = await statusOf(user);
        expect(status).toMatchObject({ state: 'online', platforms: ['web', 'ios', 'mac'] });
      });

      it('is offline at once after a logout, from every platform', async () => {
        for (const platform of ['ios', 'web'] as const) {
          const login = loginOf(freshUser(), { platform });
          await register(a, login);
          await b.registry.logout(login, 'left');
          expect(await statusOf(login)).toMatchObject(offline);
        }
      });

      it.each<[Platform, 'pushOnline' | 'offline']>([
        ['android', 'pushOnline'],
        ['ios', 'pushOnline'],
        ['ipad', 'pushOnline'],
        ['web', 'offline'],
        ['windows', 'offline'],
        ['mac', 'offline'],
        ['linux', 'offline'],
      ])('of a user whose only link, on %s, was lost is %s', async (platform, state) => {
        const login = loginOf(freshUser(), { platform });
        await register(a, login);
        expect(await a.registry.logout(login, 'lost')).toBe('done');
        expect(await statusOf(login)).toMatchObject({ state, platforms: [] });
        expect(await a.registry.sessions(login)).toEqual([]);
      });

      it('is online while one of two instances is', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await register(b, loginOf(user, { instanceId: 'tab', platform: 'web' }));
        await a.registry.logout(phone, 'lost');
        expect(await statusOf(user)).toMatchObject({ state: 'online', platforms: ['web'] });
      });

      it('of a phone that is away is pushOnline after the logout of another instance', async () => {
        const user = freshUser();
        const [phone, tab] = [loginOf(user), loginOf(user, { instanceId: 't', platform: 'web' })];
        for (const login of [phone, tab]) await register(a, login);
        await a.registry.logout(phone, 'lost');
        await a.registry.logout(tab, 'left');
        expect(await statusOf(user)).toMatchObject({ state: 'pushOnline' });
      });

      it('of a phone that came back and logged out is offline', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        await a.registry.logout(first, 'lost');
        await register(b, second);
        expect(await statusOf(user)).toMatchObject({ state: 'online' });
        await b.registry.logout(second, 'left');
        expect(await statusOf(user)).toMatchObject(offline);
      });

      it('gets a larger version with each login, end and custom status, also over a gap', async () => {
        const user = freshUser();
        const versions: number[] = [];
        const note = async (): Promise<void> => {
          versions.push((await statusOf(user))?.version ?? -1);
        };
        const [phone, again] = [loginOf(user), loginOf(user)];
        await register(a, phone);
        await note();
        await a.registry.setStatus(phone, 'busy');
        await note();
        await a.registry.logout(phone, 'lost');
        await note();
        await register(a, again);
        await note();
        await a.registry.kick(user, 'all', 'REST');
        await note();
        expect(versions).toEqual([...new Set(versions)].toSorted((x, y) => x - y));
        expect(versions[0]).toBeGreaterThan(0);
      });

      it('answers for many users in the order they were asked for', async () => {
        const users = Array.from({ length: 500 }, freshUser);
        for (const user of users.slice(0, 20)) await register(a, loginOf(user));
        const answered = await b.registry.statuses(users);
        expect(answered.map(({ user }) => user)).toEqual(users);
        expect(answered.filter(({ state }) => state === 'online')).toHaveLength(20);
      });

      it('is one of one app alone', async () => {
        const user = freshUser();
        await register(a, loginOf(user));
        expect(await statusOf({ ...user, sdkAppId: user.sdkAppId + 1 })).toMatchObject(offline);
      });
    });

    describe('custom status', () => {
      it('is seen by others and taken away by an empty one', async () => {
        const login = loginOf(freshUser());
        await register(a, login);
        const text = 'in a meeting 🐙 "quoted"\n\ttab';
        expect(await a.registry.setStatus(login, text)).toBe('done');
        expect(await statusOf(login)).toMatchObject({ state: 'online', customStatus: text });
        expect(await a.registry.setStatus(login, '')).toBe('done');
        expect(await statusOf(login)).toMatchObject({ customStatus: '' });
      });

      it('stays with push-online, and is gone with offline', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.setStatus(phone, 'busy');
        await a.registry.logout(phone, 'lost');
        expect(await statusOf(user)).toMatchObject({ state: 'pushOnline', customStatus: 'busy' });
        const again = loginOf(user);
        await register(a, again);
        expect(await statusOf(user)).toMatchObject({ state: 'online', customStatus: 'busy' });
        await a.registry.logout(again, 'left');
        await register(a, loginOf(user));
        expect(await statusOf(user)).toMatchObject({ state: 'online', customStatus: '' });
      });

      it('is set by a live session only', async () => {
        const user = freshUser();
        const [old, now] = [loginOf(user), loginOf(user)];
        expect(await a.registry.setStatus(old, 'x')).toBe('absent');
        await register(a, old);
        await register(a, now);
        expect(await a.registry.setStatus(old, 'x')).toBe('absent');
        expect(await statusOf(user)).toMatchObject({ customStatus: '' });
      });

      it("is told to the user's other sessions on every node, and not to the one that set it", async () => {
        const user = freshUser();
        const phone = loginOf(user);
        const tab = loginOf(user, { instanceId: 'tab', platform: 'web' });
        const mac = loginOf(user, { instanceId: 'mac', platform: 'mac' });
        await register(a, phone);
        await register(a, tab);
        await register(b, mac);
        await a.registry.setStatus(phone, 'busy');
        const told = (node: FleetNode, sessionId: string) =>
          node.own.filter((note) => note.sessionId === sessionId);
        await vi.waitFor(() => expect(told(b, mac.sessionId)).toHaveLength(1));
        await quiet(a);
        expect(told(a, tab.sessionId)).toMatchObject([{ status: { customStatus: 'busy' } }]);
        expect(told(a, phone.sessionId)).toEqual([]);
        const status = await statusOf(user);
        expect(told(b, mac.sessionId)[0]?.status.version).toBe(status?.version);
      });
    });

    describe('watch', () => {
      it('gives the present status and every later one, on another node too', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        expect(await watch(b, user)).toMatchObject(offline);
        await register(a, phone);
        await believes(b, user, { state: 'online', platforms: ['ios'] });
        await a.registry.setStatus(phone, 'busy');
        await believes(b, user, { customStatus: 'busy' });
        await a.registry.logout(phone, 'lost');
        await believes(b, user, { state: 'pushOnline', platforms: [] });
        await register(a, loginOf(user));
        await believes(b, user, { state: 'online' });
        await a.registry.kick(user, 'all', 'REST');
        await believes(b, user, offline);
        expect(await watch(a, user)).toEqual(belief(b, user));
      });

      it('tells of an eviction and of a second platform', async () => {
        const user = freshUser();
        await watch(a, user);
        await register(a, loginOf(user));
        await register(b, loginOf(user, { instanceId: 'tab', platform: 'web' }));
        await believes(a, user, { platforms: ['web', 'ios'] });
        await register(b, loginOf(user, { instanceId: 'pad', platform: 'ipad' }));
        await believes(a, user, { platforms: ['web', 'ipad'] });
      });

      it('tells nothing when what others see stays the same', async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'multi', limits: { web: 3 } });
        const tab = (instanceId: string) => loginOf(user, { instanceId, platform: 'web', policy });
        const [one, two] = [tab('1'), tab('2')];
        await register(a, one);
        await watch(b, user);
        await register(a, two);
        await register(a, tab('2'));
        await a.registry.setStatus(one, '');
        await a.registry.logout(one, 'lost');
        await quiet(b);
        expect(b.watched.get(`${user.sdkAppId}:${user.userId}`)?.told).toHaveLength(1);
        expect(belief(b, user)).toMatchObject({ state: 'online', platforms: ['web'] });
      });

      it('tells no node that did not ask, and none that no longer wants to know', async () => {
        const [wanted, unwanted] = [freshUser(), freshUser()];
        const key = `${unwanted.sdkAppId}:${unwanted.userId}`;
        await watch(a, unwanted);
        await watch(a, wanted);
        const told = a.watched.get(key)?.told;
        a.watched.delete(key);
        await register(b, loginOf(unwanted));
        await register(b, loginOf(wanted));
        await believes(a, wanted, { state: 'online' });
        expect(told).toHaveLength(1);
      });

      it('misses nothing of what happens while it is being asked', async () => {
        const users = Array.from({ length: 40 }, freshUser);
        await Promise.all(users.flatMap((user) => [watch(b, user), register(a, loginOf(user))]));
        await Promise.all(users.map((user) => believes(b, user, { state: 'online' })));
      });

      it('ends with the believed status of the store after many changes at once', async () => {
        const user = freshUser();
        await watch(b, user);
        const policy = makePolicy({ policy: 'multi' });
        await Promise.all(
          Array.from({ length: 30 }, async (_, i) => {
            const platform = (['web', 'ios', 'mac'] as const)[i % 3] ?? 'web';
            const login = loginOf(user, { instanceId: `i${i}`, platform, policy });
            await register(i % 2 === 0 ? a : b, login);
            if (i % 4 === 0) await a.registry.logout(login, i % 8 === 0 ? 'lost' : 'left');
          }),
        );
        const { state, platforms } = (await statusOf(user)) as UserStatus;
        await believes(b, user, { state, platforms });
      });
    });

    describe('instance that is away', () => {
      it('is kicked by a login that would have evicted it, and told when it comes back', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.logout(phone, 'lost');
        const pad = loginOf(user, { instanceId: 'pad', platform: 'ipad' });
        await register(b, pad);
        expect(await a.registry.login(loginOf(user, { refuseIfKicked: true }))).toMatchObject({
          kind: 'kicked',
          kick: {
            sessionId: phone.sessionId,
            type: 'multipleDevice',
            byPlatform: 'ipad',
            byInstanceId: 'pad',
          },
        });
        await b.registry.logout(pad, 'left');
        expect(await statusOf(user), 'it is no longer push-online').toMatchObject(offline);
        await register(a, loginOf(user));
      });

      it('is left alone by a login that would have left it alone', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.logout(phone, 'lost');
        await register(b, loginOf(user, { instanceId: 'tab', platform: 'web' }));
        await register(b, loginOf(user, { refuseIfKicked: true }));
      });

      it("counts against nobody's limit", async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'multi', limits: { ios: 2 } });
        const phone = (instanceId: string) => loginOf(user, { instanceId, policy });
        const [one, two, three] = [phone('1'), phone('2'), phone('3')];
        await register(a, one);
        await register(a, two);
        await a.registry.logout(two, 'lost');
        await register(a, three);
        const live = await a.registry.sessions(user);
        expect(live.map(({ instanceId }) => instanceId)).toEqual(['3', '1']);
        const back = { ...phone('2'), refuseIfKicked: true };
        expect((await a.registry.login(back)).kind).toBe('registered');
      });

      it('is kicked by the back end with the user, or by its name, and is no session that ended', async () => {
        for (const target of ['all', { instanceIds: ['phone'] }] as const) {
          const user = freshUser();
          const phone = loginOf(user);
          await register(a, phone);
          await watch(b, user);
          await a.registry.logout(phone, 'lost');
          await believes(b, user, { state: 'pushOnline' });
          expect(await a.registry.kick(user, target, 'REST')).toEqual([]);
          await believes(b, user, offline);
          const back = await a.registry.login(loginOf(user, { refuseIfKicked: true }));
          expect(back).toMatchObject({ kind: 'kicked', kick: { type: 'REST' } });
        }
      });

      it('leaves nothing behind when another session of it is already there', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        await register(b, second);
        expect((await hears(a, first.sessionId)).kind).toBe('replaced');
        expect(await a.registry.logout(first, 'lost')).toBe('absent');
        await b.registry.logout(second, 'left');
        expect(await statusOf(user)).toMatchObject(offline);
      });

      it('is remembered for so many of a user and no more, the first going first', async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'multi', limits: { ios: 100 } });
        for (let n = 0; n <= retention.lostPerUser; n += 1) {
          const login = loginOf(user, { instanceId: `i${n}`, policy });
          await register(a, login);
          await a.registry.logout(login, 'lost');
        }
        await a.registry.kick(user, 'all', 'REST');
        const back = async (n: number): Promise<string> => {
          const wish = { instanceId: `i${n}`, policy, refuseIfKicked: true } as const;
          return (await a.registry.login(loginOf(user, wish))).kind;
        };
        expect(await back(0)).toBe('registered');
        expect(await back(1)).toBe('kicked');
        expect(await back(retention.lostPerUser)).toBe('kicked');
      });
    });
  });
}
