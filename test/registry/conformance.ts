import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { PresetName } from '../../gateway/policy/presets.ts';
import { retention } from '../../gateway/registry/retention.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import {
  freshUser,
  heardOf,
  hears,
  inAnHour,
  liveSessions,
  loginOf,
  register,
  ticketUntil,
} from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

const mobile: readonly Platform[] = ['android', 'ios', 'ipad'];

/** Tencent Chat's table of the four policies: may these two different platforms be online together? */
const coexist: Record<PresetName, (a: Platform, b: Platform) => boolean> = {
  single: () => false,
  dual: (a, b) => a === 'web' || b === 'web',
  triple: (a, b) => a === 'web' || b === 'web' || mobile.includes(a) !== mobile.includes(b),
  multi: () => true,
};

/** What every registry has to promise, whatever it stores in. */
export function describeRegistry(name: string, fleet: Fleet): void {
  describe(`${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    describe('policy', () => {
      it.each(Object.keys(coexist) as PresetName[])(
        'decides about every pair of platforms under %s, on two nodes',
        async (preset) => {
          const policy = makePolicy({ policy: preset });
          const pairs = platforms.flatMap((p) => platforms.map((q) => [p, q] as const));
          await Promise.all(
            pairs.map(async ([older, newer]) => {
              const user = freshUser();
              const first = loginOf(user, { instanceId: 'first', platform: older, policy });
              const second = loginOf(user, { instanceId: 'second', platform: newer, policy });
              await register(a, first);
              await register(b, second);
              const together = older !== newer && coexist[preset](older, newer);
              const live = together ? [second.sessionId, first.sessionId] : [second.sessionId];
              expect(await liveSessions(a, user), `${older} then ${newer}`).toEqual(live);
              if (together) return;
              expect(await hears(a, first.sessionId)).toMatchObject({
                kind: 'kicked',
                kick: {
                  type: older === 'web' && newer === 'web' ? 'multipleAccount' : 'multipleDevice',
                  byPlatform: newer,
                  byInstanceId: 'second',
                },
              });
            }),
          );
        },
      );

      it('kicks the earliest when a platform is over its limit', async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'triple', limits: { web: 3 } });
        const logins = ['1', '2', '3', '4'].map((n) =>
          loginOf(user, { instanceId: `tab-${n}`, platform: 'web', policy }),
        );
        for (const login of logins) await register(a, login);
        const ids = logins.map(({ sessionId }) => sessionId);
        expect(await liveSessions(b, user)).toEqual([ids[3], ids[2], ids[1]]);
        expect((await heardOf(a, ids)).length).toBe(1);
      });

      it('counts a login again as the newest', async () => {
        const user = freshUser();
        const policy = makePolicy({ policy: 'triple', limits: { web: 2 } });
        const tab = (n: number) =>
          loginOf(user, { instanceId: `tab-${n}`, platform: 'web', policy });
        const [one, two, oneAgain, three] = [tab(1), tab(2), tab(1), tab(3)];
        for (const login of [one, two, oneAgain, three]) await register(a, login);
        expect(await liveSessions(a, user)).toEqual([three.sessionId, oneAgain.sessionId]);
      });

      it('converges with one login after the limits and the policy were lowered', async () => {
        const user = freshUser();
        const wide = makePolicy({ policy: 'multi', limits: { web: 10, ios: 3, mac: 2 } });
        const first = (
          ['web', 'ios', 'mac', 'web', 'ios', 'mac', 'web', 'ios', 'android'] as const
        ).map((platform, n) => loginOf(user, { instanceId: `i${n}`, platform, policy: wide }));
        for (const [n, login] of first.entries()) await register(n % 2 === 0 ? a : b, login);
        expect(await liveSessions(a, user)).toHaveLength(9);

        const narrow = makePolicy({ policy: 'triple', limits: { web: 2 } });
        const last = loginOf(user, { instanceId: 'i9', platform: 'linux', policy: narrow });
        await register(a, last);
        const kept = [last, first[8], first[6], first[3]].map((login) => login?.sessionId);
        expect(await liveSessions(b, user)).toEqual(kept);
        const evenOnes = first.filter((_, n) => n % 2 === 0).map(({ sessionId }) => sessionId);
        const told = await heardOf(a, evenOnes);
        expect(told.map((heard) => heard.kind)).toEqual(['kicked', 'kicked', 'kicked']);
      });

      it('obeys groups given as data', async () => {
        const user = freshUser();
        const policy = makePolicy({
          policy: [['web', 'ios'], { platforms: ['mac', 'windows', 'linux'], max: 2 }],
          limits: { linux: 2 },
        });
        const logins = (['web', 'mac', 'ios', 'windows', 'linux', 'android', 'linux'] as const).map(
          (platform, n) => loginOf(user, { instanceId: `i${n}`, platform, policy }),
        );
        for (const login of logins) await register(a, login);
        const kept = [logins[6], logins[5], logins[4], logins[2]].map((login) => login?.sessionId);
        expect(await liveSessions(a, user)).toEqual(kept);
      });

      it('leaves the sessions of other users and other apps alone', async () => {
        const user = freshUser();
        const namesake = { ...user, sdkAppId: user.sdkAppId + 1 };
        await register(a, loginOf(user));
        const other = loginOf(namesake);
        await register(a, other);
        await register(a, loginOf(user, { instanceId: 'tablet', platform: 'ipad' }));
        expect(await liveSessions(a, namesake)).toEqual([other.sessionId]);
      });

      it('lets a session whose ticket ended long ago make room without a kick', async () => {
        const user = freshUser();
        const long = Math.floor(Date.now() / 1000) - retention.recordSlackS - 60;
        const dead = loginOf(user, { instanceId: 'old', platform: 'mac', ticketEndsAt: long });
        await register(a, dead);
        const next = loginOf(user);
        await register(b, next);
        expect(await liveSessions(a, user)).toEqual([next.sessionId]);
        expect(await heardOf(a, [dead.sessionId])).toEqual([]);
      });
    });

    describe('instance', () => {
      it('is replaced without a kick when it logs in again elsewhere', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        await register(b, second);
        expect(await liveSessions(a, user)).toEqual([second.sessionId]);
        expect(await hears(a, first.sessionId)).toEqual({
          kind: 'replaced',
          sessionId: first.sessionId,
        });
        expect(await a.registry.logout(first, 'left')).toBe('absent');
        expect(await liveSessions(a, user)).toEqual([second.sessionId]);
      });

      it('is told of the replacement on the same node as well', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        await register(a, second);
        expect((await hears(a, first.sessionId)).kind).toBe('replaced');
        expect(await heardOf(a, [second.sessionId])).toEqual([]);
      });

      it('may be called like a property every object has', async () => {
        for (const strange of ['__proto__', 'constructor', 'toString']) {
          const user = { sdkAppId: freshUser().sdkAppId, userId: strange };
          const phone = loginOf(user, { instanceId: strange });
          const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
          expect(await a.registry.sessions(user)).toEqual([]);
          await register(a, phone);
          await register(b, tablet);
          expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
          const back = await a.registry.login(
            loginOf(user, { instanceId: strange, refuseIfKicked: true }),
          );
          expect(back.kind).toBe('kicked');
          expect(await a.registry.logout(tablet, 'left')).toBe('done');
        }
      });
    });

    describe('kick mark', () => {
      it('refuses an automatic return and stays until the application logs in', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await register(b, loginOf(user, { instanceId: 'tablet', platform: 'ipad' }));
        for (let i = 0; i < 2; i += 1) {
          expect(await b.registry.login(loginOf(user, { refuseIfKicked: true }))).toMatchObject({
            kind: 'kicked',
            kick: { sessionId: phone.sessionId, byPlatform: 'ipad', byInstanceId: 'tablet' },
          });
        }
        await register(a, loginOf(user));
        await register(b, loginOf(user, { refuseIfKicked: true }));
      });

      it('belongs to one instance', async () => {
        const user = freshUser();
        await register(a, loginOf(user));
        await register(a, loginOf(user, { instanceId: 'tablet', platform: 'ipad' }));
        await register(a, loginOf(user, { instanceId: 'other-phone', refuseIfKicked: true }));
      });

      it('is kept for so many instances of a user and no more, the oldest going first', async () => {
        const user = freshUser();
        for (let n = 0; n <= retention.marksPerUser + 1; n += 1) {
          await register(a, loginOf(user, { instanceId: `i${n}` }));
        }
        const back = async (n: number): Promise<string> => {
          const wish = { instanceId: `i${n}`, platform: 'web', refuseIfKicked: true } as const;
          return (await a.registry.login(loginOf(user, wish))).kind;
        };
        expect(await back(1)).toBe('kicked');
        expect(await back(retention.marksPerUser)).toBe('kicked');
        expect(await back(0)).toBe('registered');
      });

      it('names its session, so that a late one never hits the successor', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        await register(b, loginOf(user, { instanceId: 'tablet', platform: 'ipad' }));
        await register(a, second);
        const told = await heardOf(a, [first.sessionId, second.sessionId]);
        expect(told).toMatchObject([{ kind: 'kicked', kick: { sessionId: first.sessionId } }]);
      });
    });

    describe('login that is sent twice', () => {
      it('gets the same answer and changes nothing', async () => {
        const user = freshUser();
        const [mac, phone] = [loginOf(user, { instanceId: 'm', platform: 'mac' }), loginOf(user)];
        await register(a, mac);
        const epoch = await register(a, phone);
        expect(await register(a, phone)).toBe(epoch);
        await register(a, mac);
        expect(await liveSessions(a, user)).toEqual([phone.sessionId, mac.sessionId]);
        expect(await heardOf(a, [phone.sessionId, mac.sessionId])).toEqual([]);
      });

      it('stays kicked after a kick in between', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
        await register(a, phone);
        await register(b, tablet);
        expect(await a.registry.login(phone)).toMatchObject({
          kind: 'kicked',
          kick: { sessionId: phone.sessionId },
        });
        expect(await liveSessions(a, user)).toEqual([tablet.sessionId]);
        expect(await heardOf(b, [tablet.sessionId])).toEqual([]);
      });

      it('stays replaced, by one or several successors', async () => {
        const user = freshUser();
        const logins = [loginOf(user), loginOf(user), loginOf(user), loginOf(user)];
        for (const login of logins) await register(a, login);
        for (const older of logins.slice(0, -1)) {
          expect(await a.registry.login(older)).toEqual({ kind: 'replaced' });
        }
        expect(await liveSessions(a, user)).toEqual([logins[3]?.sessionId]);
      });

      it('stays replaced when its successor was kicked', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
        for (const login of [first, second, tablet]) await register(a, login);
        expect(await a.registry.login(first)).toEqual({ kind: 'replaced' });
        expect(await liveSessions(a, user)).toEqual([tablet.sessionId]);
      });

      it('stays replaced when it was kicked and the application logged in again', async () => {
        const user = freshUser();
        const first = loginOf(user);
        await register(a, first);
        await a.registry.kick(user, 'all', 'REST');
        const second = loginOf(user);
        await register(a, second);
        expect(await a.registry.login(first)).toEqual({ kind: 'replaced' });
        expect(await liveSessions(a, user)).toEqual([second.sessionId]);
      });
    });

    describe('logout and renew', () => {
      it('remove and move exactly the session they name', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        await register(a, first);
        expect(await a.registry.renew(first, ticketUntil(inAnHour + 60))).toBe('done');
        expect((await b.registry.sessions(user))[0]).toMatchObject({
          sessionId: first.sessionId,
          nodeId: a.registry.nodeId,
          ticketEndsAt: inAnHour + 60,
        });
        await register(b, second);
        expect(await a.registry.renew(first, ticketUntil(inAnHour + 120))).toBe('absent');
        expect(await a.registry.logout(first, 'left')).toBe('absent');
        expect((await b.registry.sessions(user))[0]).toMatchObject({
          sessionId: second.sessionId,
          nodeId: b.registry.nodeId,
          ticketEndsAt: inAnHour,
        });
        expect(await b.registry.logout(second, 'left')).toBe('done');
        expect(await b.registry.logout(second, 'left')).toBe('absent');
        expect(await a.registry.renew(second, ticketUntil(inAnHour))).toBe('absent');
        expect(await a.registry.sessions(user)).toEqual([]);
      });

      it('leave no mark: the instance may come back by itself', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.logout(phone, 'left');
        await register(a, loginOf(user, { refuseIfKicked: true }));
      });

      it('keep the place of a session in the order of logins', async () => {
        const user = freshUser();
        const [mac, phone] = [loginOf(user, { instanceId: 'm', platform: 'mac' }), loginOf(user)];
        await register(a, mac);
        await register(a, phone);
        await a.registry.renew(mac, ticketUntil(inAnHour + 60));
        expect(await liveSessions(a, user)).toEqual([phone.sessionId, mac.sessionId]);
      });
    });

    describe('kick by a back end', () => {
      it('ends all sessions of a user, marks them and tells their nodes', async () => {
        const user = freshUser();
        const [mac, phone] = [loginOf(user, { instanceId: 'm', platform: 'mac' }), loginOf(user)];
        await register(a, mac);
        await register(b, phone);
        const kicked = await a.registry.kick(user, 'all', 'REST');
        expect(kicked).toMatchObject([
          { session: { sessionId: phone.sessionId, nodeId: b.registry.nodeId, platform: 'ios' } },
          { session: { sessionId: mac.sessionId, instanceId: 'm' } },
        ]);
        for (const [node, login] of [
          [a, mac],
          [b, phone],
        ] as const) {
          const heard = await hears(node, login.sessionId);
          expect(heard).toMatchObject({
            kind: 'kicked',
            kick: { type: 'REST', byPlatform: '', byInstanceId: '' },
          });
          expect(kicked.map(({ kick }) => kick)).toContainEqual('kick' in heard && heard.kick);
        }
        expect(await a.registry.sessions(user)).toEqual([]);
        const back = await a.registry.login(loginOf(user, { refuseIfKicked: true }));
        expect(back).toMatchObject({ kind: 'kicked', kick: { type: 'REST' } });
      });

      it('ends only the instances it names', async () => {
        const user = freshUser();
        const [mac, phone] = [loginOf(user, { instanceId: 'm', platform: 'mac' }), loginOf(user)];
        await register(a, mac);
        await register(a, phone);
        const none = await a.registry.kick(user, { instanceIds: [] }, 'REST');
        expect(none).toEqual([]);
        const instanceIds = ['m', 'nobody', 'm'];
        const kicked = await a.registry.kick(user, { instanceIds }, 'REST');
        expect(kicked.map(({ session }) => session.sessionId)).toEqual([mac.sessionId]);
        expect(await liveSessions(a, user)).toEqual([phone.sessionId]);
      });

      it('[KICK-3] ends only the sessions it names, and never their successors', async () => {
        const user = freshUser();
        const old = loginOf(user, { instanceId: 'm', platform: 'mac' });
        const [mac, phone] = [loginOf(user, { instanceId: 'm', platform: 'mac' }), loginOf(user)];
        for (const login of [old, mac, phone]) await register(a, login);
        const kick = (...sessionIds: string[]) => a.registry.kick(user, { sessionIds }, 'REST');
        expect(await kick()).toEqual([]);
        expect(await kick(old.sessionId, 'nobody')).toEqual([]);
        expect(await liveSessions(a, user)).toHaveLength(2);
        const kicked = await kick('nobody', mac.sessionId);
        expect(kicked.map(({ session }) => session.sessionId)).toEqual([mac.sessionId]);
        expect(await liveSessions(a, user)).toEqual([phone.sessionId]);
      });

      it('[KICK-6] of a session that is away waits for its instance, and not for a later session', async () => {
        const user = freshUser();
        const [first, second] = [loginOf(user), loginOf(user)];
        for (const away of [first, second]) {
          await register(a, away);
          await a.registry.logout(away, 'lost');
        }
        const back = loginOf(user, { refuseIfKicked: true });
        const kick = (sessionId: string) =>
          a.registry.kick(user, { sessionIds: [sessionId] }, 'REST');
        expect(await kick(first.sessionId)).toEqual([]);
        expect(await a.registry.login(back)).toMatchObject({ kind: 'registered' });
        await a.registry.logout(back, 'lost');
        expect(await kick(back.sessionId)).toEqual([]);
        const again = loginOf(user, { refuseIfKicked: true });
        expect(await a.registry.login(again)).toMatchObject({
          kind: 'kicked',
          kick: { sessionId: back.sessionId },
        });
      });

      it('finds nothing to do for a user who is not there', async () => {
        expect(await a.registry.kick(freshUser(), 'all', 'REST')).toEqual([]);
      });
    });

    describe('epoch', () => {
      it('grows with every login of a user, on whatever node, however fast', async () => {
        const user = freshUser();
        const epochs: number[] = [];
        for (let i = 0; i < 50; i += 1) {
          const login = loginOf(user);
          epochs.push(await register(i % 2 === 0 ? a : b, login));
          if (i % 5 === 0) await a.registry.logout(login, 'left');
        }
        expect(epochs).toEqual([...new Set(epochs)].toSorted((x, y) => x - y));
      });

      it('is decided one login after the other when many come at once', async () => {
        const user = freshUser();
        const logins = Array.from({ length: 40 }, (_, i) => loginOf(user, { instanceId: `i${i}` }));
        const epochs = await Promise.all(
          logins.map((login, i) => register(i % 2 === 0 ? a : b, login)),
        );
        const newest = logins[epochs.indexOf(Math.max(...epochs))];
        expect(await liveSessions(a, user)).toEqual([newest?.sessionId]);
      });
    });

    it('tells a node nothing more once it has stopped, and keeps its sessions', async () => {
      const third = await fleet.node();
      const user = freshUser();
      const phone = loginOf(user);
      await register(third, phone);
      expect(third.registry.health()).toMatchObject({ ready: true, reasons: [] });
      await third.registry.stop();
      expect(third.registry.health().ready).toBe(false);
      expect(await liveSessions(a, user)).toEqual([phone.sessionId]);
      await register(a, loginOf(user));
      expect(await heardOf(a, [phone.sessionId])).toEqual([]);
      expect(third.heard).toEqual([]);
    });
  });
}
