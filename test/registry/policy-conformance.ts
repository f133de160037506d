import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WrittenPolicy } from '../../gateway/policy/written-policy.ts';
import { loginPolicyOf } from '../../gateway/policy/written-policy.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { EventWishes } from '../../gateway/registry/events.ts';
import type { LoginRequest } from '../../gateway/registry/login.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { eventsOf } from './event-conformance.ts';
import {
  believes,
  freshUser,
  heardOf,
  hears,
  hold,
  liveSessions,
  loginOf,
  register,
  watch,
} from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

/** The same bound on every platform, but for these. */
function limitsOf(
  all: number,
  some: Partial<Record<Platform, number>> = {},
): Record<Platform, number> {
  const entries = platforms.map((platform) => [platform, some[platform] ?? all]);
  return Object.fromEntries(entries) as Record<Platform, number>;
}

const evictions = { burst: 0, perMinute: 6 };
/** What the configuration of every node says of every app. */
const wide: WrittenPolicy = { policy: 'multi', limits: limitsOf(5), evictions };
/** One on the web, and one elsewhere. */
export const narrow: WrittenPolicy = { policy: 'dual', limits: limitsOf(1), evictions };

const firstApp = 1_500_000_000;
let apps = firstApp;

/** The configuration of the nodes of these tests, by SDKAppID. */
export const configured: ReadonlyMap<number, WrittenPolicy> = new Map(
  Array.from({ length: 100 }, (_, i) => [firstApp + i + 1, wide]),
);

/** An app of the configuration whose events are kept. */
const toldApp = firstApp + configured.size;
export const policyWishes: EventWishes = new Map([[toldApp, ['login', 'kicked']]]);

/** An app of the configuration that nobody has used before. */
export function freshApp(): number {
  apps += 1;
  return apps;
}

/** A user of an app that nobody has used before. */
export function userOf(sdkAppId: number): UserRef {
  return { ...freshUser(), sdkAppId };
}

/** A login as the node's configuration has its policy: `web-1` is an instance on the web. */
export function deviceOf(user: UserRef, instanceId: string): LoginRequest {
  const platform = instanceId.split('-')[0] as Platform;
  return loginOf(user, { instanceId, platform, policy: loginPolicyOf(wide) });
}

/** Changes the policy of an app, whatever it is now. Its version. */
export async function change(
  { registry: { policies } }: FleetNode,
  sdkAppId: number,
  written: WrittenPolicy | undefined,
): Promise<number> {
  const { version } = await policies.read(sdkAppId);
  const changed = await policies.change(sdkAppId, written, version);
  if (changed.kind !== 'changed') throw new Error('the policy was changed meanwhile');
  return changed.version;
}

/** Waits until each of these nodes goes by this version and has ended what it does not allow. */
export async function areConverged(
  nodes: readonly FleetNode[],
  sdkAppId: number,
  version: number,
): Promise<void> {
  await vi.waitFor(
    () => {
      for (const { registry } of nodes)
        expect(registry.policies.standing(sdkAppId)).toEqual({ version, isConverged: true });
    },
    { timeout: 15_000, interval: 5 },
  );
}

/** What every registry has to promise of policies that are changed at run time; `start` makes a node of the fleet. */
export function describePolicies<F extends Fleet>(
  name: string,
  fleet: F,
  start: (fleet: F) => Promise<FleetNode>,
): void {
  describe(`${name} registry, policies at run time`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await start(fleet);
      b = await start(fleet);
    });
    afterAll(() => fleet.stop());

    it('are those of the configuration until they are changed, and again when that is taken back', async () => {
      const app = freshApp();
      const { policies } = b.registry;
      expect(await policies.read(app)).toEqual({ version: 0, isSet: false, written: wide });
      const version = await change(a, app, narrow);
      expect(Math.abs(version - Date.now())).toBeLessThan(60_000);
      expect(await policies.read(app)).toEqual({ version, isSet: true, written: narrow });
      const later = await change(a, app, undefined);
      expect(later).toBeGreaterThan(version);
      expect(await policies.read(app)).toEqual({ version: later, isSet: false, written: wide });
    });

    it('are not changed by who has seen another one', async () => {
      const app = freshApp();
      const version = await change(a, app, narrow);
      const outdated = { kind: 'outdated' };
      expect(await b.registry.policies.change(app, wide, 0)).toEqual(outdated);
      expect(await b.registry.policies.change(app, undefined, version - 1)).toEqual(outdated);
      expect(await a.registry.policies.read(app)).toMatchObject({ version, written: narrow });
    });

    it('hold for the logins on every node, one that starts later too, and for no other app', async () => {
      const [app, other] = [freshApp(), freshApp()];
      await areConverged([a, b], app, await change(a, app, narrow));
      const late = await start(fleet);
      for (const node of [a, b, late]) {
        const [user, stranger] = [userOf(app), userOf(other)];
        await register(a, deviceOf(user, 'web-1'));
        const newest = deviceOf(user, 'web-2');
        await register(node, newest);
        expect(await liveSessions(a, user)).toEqual([newest.sessionId]);
        await register(a, deviceOf(stranger, 'web-1'));
        await register(node, deviceOf(stranger, 'web-2'));
        expect(await liveSessions(b, stranger)).toHaveLength(2);
      }
    });

    it('end exactly what was foretold: the newest stay, each kick names who has the place', async () => {
      const app = freshApp();
      const users = Array.from({ length: 20 }, () => userOf(app));
      const stays = new Map<UserRef, string[]>();
      const goes: LoginRequest[] = [];
      for (const [i, user] of users.entries()) {
        const [first, second] = i % 2 === 0 ? [a, b] : [b, a];
        const old = [
          await hold(first, deviceOf(user, 'web-1')),
          await hold(second, deviceOf(user, 'ios-1')),
          await hold(second, deviceOf(user, 'web-2')),
        ];
        const kept = [
          await hold(first, deviceOf(user, 'mac-1')),
          await hold(second, deviceOf(user, 'web-3')),
        ];
        goes.push(...old);
        stays.set(user, kept.map(({ sessionId }) => sessionId).reverse());
      }
      // Within the bounds, and of another app.
      const alone = await hold(a, deviceOf(userOf(app), 'web-1'));
      const elsewhere = userOf(freshApp());
      await hold(a, deviceOf(elsewhere, 'web-1'));
      await hold(a, deviceOf(elsewhere, 'web-2'));

      const foretold = await b.registry.policies.preview(app, narrow, 1000);
      expect(foretold.count).toBe(goes.length);
      const names = foretold.sessions.map(({ record }) => record.sessionId).sort();
      expect(names).toEqual(goes.map(({ sessionId }) => sessionId).sort());
      const [{ userId, record }] = foretold.sessions as [(typeof foretold.sessions)[0]];
      const known = await a.registry.sessions({ sdkAppId: app, userId });
      expect(known).toContainEqual(record);
      expect(await liveSessions(a, users[0] as UserRef)).toHaveLength(5);

      await areConverged([a, b], app, await change(a, app, narrow));
      for (const [user, sessionIds] of stays) {
        expect(await liveSessions(b, user)).toEqual(sessionIds);
      }
      for (const { sessionId, instanceId, userId: of } of goes) {
        const [first, second] = users.findIndex((user) => user.userId === of) % 2 ? [b, a] : [a, b];
        const node = instanceId === 'web-1' ? first : second;
        const by =
          instanceId === 'ios-1'
            ? { type: 'multipleDevice', byPlatform: 'mac', byInstanceId: 'mac-1' }
            : { type: 'multipleAccount', byPlatform: 'web', byInstanceId: 'web-3' };
        expect(await hears(node, sessionId)).toMatchObject({ kind: 'kicked', kick: by });
      }
      const all = [...goes.map(({ sessionId }) => sessionId), ...[...stays.values()].flat()];
      const heard = [...(await heardOf(a, all)), ...(await heardOf(b, all))];
      expect(heard).toHaveLength(goes.length);
      expect(await liveSessions(a, alone)).toEqual([alone.sessionId]);
      expect(await liveSessions(a, elsewhere)).toHaveLength(2);
      expect(await b.registry.policies.preview(app, undefined, 10)).toEqual({
        count: 0,
        sessions: [],
      });
    });

    it('name no more sessions than asked for, by user and newest first, and count all', async () => {
      const app = freshApp();
      const users = [userOf(app), userOf(app), userOf(app)];
      for (const user of users)
        for (const device of ['web-1', 'web-2', 'web-3']) await hold(a, deviceOf(user, device));
      const { count, sessions } = await b.registry.policies.preview(app, narrow, 3);
      expect(count).toBe(6);
      const [first = '', second = ''] = users.map(({ userId }) => userId).sort();
      expect(sessions.map(({ userId, record }) => [userId, record.instanceId])).toEqual([
        [first, 'web-2'],
        [first, 'web-1'],
        [second, 'web-2'],
      ]);
    });

    it('leave a mark for who is away and has no place any more, and for nobody else', async () => {
      const app = freshApp();
      const user = userOf(app);
      const away = deviceOf(user, 'ios-1');
      await register(a, away);
      await a.registry.logout(away, 'lost');
      const newer = deviceOf(user, 'web-1');
      await register(a, newer);
      await a.registry.logout(newer, 'lost');
      await hold(b, deviceOf(user, 'mac-1'));
      expect((await a.registry.policies.preview(app, narrow, 10)).count).toBe(0);
      await areConverged([a, b], app, await change(a, app, narrow));
      const back = (login: LoginRequest, sessionId: string): LoginRequest => ({
        ...login,
        sessionId,
        refuseIfKicked: true,
        isAutomatic: true,
      });
      expect(await a.registry.login(back(away, `back-${app}-1`))).toMatchObject({
        kind: 'kicked',
        kick: { sessionId: away.sessionId, type: 'multipleDevice', byInstanceId: 'mac-1' },
      });
      await register(a, back(newer, `back-${app}-2`));
    });

    it('show those who watch that sessions are gone', async () => {
      const app = freshApp();
      const user = userOf(app);
      await hold(a, deviceOf(user, 'ios-1'));
      await hold(b, deviceOf(user, 'mac-1'));
      const { version } = await watch(b, user);
      await change(b, app, narrow);
      const seen = await believes(b, user, { state: 'online', platforms: ['mac'] });
      expect(seen.version).toBeGreaterThan(version);
    });

    it('tell of what they end as of any kick, once', async () => {
      const user = userOf(toldApp);
      const old = await hold(a, deviceOf(user, 'ios-1'));
      await hold(b, deviceOf(user, 'mac-1'));
      await areConverged([a, b], toldApp, await change(a, toldApp, narrow));
      const [, , ...events] = await eventsOf(b, user);
      expect(events).toMatchObject([
        {
          kind: 'kicked',
          sessionId: old.sessionId,
          kickType: 'multipleDevice',
          byPlatform: 'mac',
          byInstanceId: 'mac-1',
        },
      ]);
    });

    it('cost no eviction, and bound those that logins cost from then on', async () => {
      const app = freshApp();
      const user = userOf(app);
      for (let i = 0; i < 5; i += 1) await hold(a, deviceOf(user, `web-${i}`));
      const strict = { ...narrow, evictions: { burst: 1, perMinute: 1 } };
      await areConverged([a, b], app, await change(a, app, strict));
      await register(b, deviceOf(user, 'web-5'));
      expect(await a.registry.login(deviceOf(user, 'web-6'))).toMatchObject({ kind: 'damped' });
    });

    it('are exact when users log in all the time meanwhile', async () => {
      const app = freshApp();
      const users = Array.from({ length: 30 }, () => userOf(app));
      const over = new AbortController();
      let logins = 0;
      const storm = users.map(async (user, i) => {
        for (let n = 0; !over.signal.aborted || n < 4; n += 1) {
          const device = `${n % 3 === 0 ? 'ios' : 'web'}-${n % 7}`;
          await hold((n + i) % 2 === 0 ? a : b, deviceOf(user, device));
          logins += 1;
          // One registry answers without a turn of the event loop.
          await setImmediate();
        }
      });
      await vi.waitFor(() => expect(logins).toBeGreaterThan(users.length * 2));
      try {
        await areConverged([a, b], app, await change(a, app, narrow));
      } finally {
        over.abort();
      }
      await Promise.all(storm);
      await vi.waitFor(
        async () => {
          for (const user of users) {
            const sessions = await b.registry.sessions(user);
            const found = sessions.map(({ platform }) => platform).sort();
            expect(found).toEqual(['ios', 'web']);
          }
        },
        { timeout: 5000 },
      );
      expect((await a.registry.policies.preview(app, narrow, 10)).count).toBe(0);
    });

    it('end in the last one when they are changed again and again', async () => {
      const app = freshApp();
      const user = userOf(app);
      const sessions = [];
      for (const device of ['web-1', 'web-2', 'web-3'])
        sessions.push(await hold(a, deviceOf(user, device)));
      let version = 0;
      for (const limit of [4, 3, 5, 2])
        version = await change(limit % 2 ? b : a, app, { ...wide, limits: limitsOf(limit) });
      await areConverged([a, b], app, version);
      const kept = sessions.slice(1).map(({ sessionId }) => sessionId);
      expect(await liveSessions(b, user)).toEqual(kept.reverse());
    });
  });
}
