import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UserRef } from '../../gateway/registry/user.ts';
import {
  pushNumberAt,
  type PushContent,
  type PushTarget,
  type PushTask,
} from '../../gateway/registry/pushes.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { freshUser, hears, loginOf, register } from './fleet.ts';

let contents = 0;

/** Something that nobody has pushed before. */
export function freshContent(): PushContent {
  contents += 1;
  const body = JSON.stringify({ Text: `grüße, "${contents}"\n\u2028 x` });
  return { sender: 'bob', topic: 'C2C', body };
}

/** A push to everybody that no bound stands in the way of. */
const freely = { knownS: 600, gapS: 0, perDay: 1_000_000 };
let tasks = 0;
const freshTask = (bounds: Partial<PushTask> = {}): PushTask => ({
  id: `task-${(tasks += 1)}`,
  ...freely,
  ...bounds,
});

/** What a node was told of a content: for whom, and under which number. */
function toldOf(
  node: FleetNode,
  content: PushContent,
): { to: readonly string[] | number; number: number }[] {
  return node.pushes
    .filter(({ push }) => push.body === content.body)
    .map(({ to, push }) => {
      expect(push).toEqual({ ...content, number: push.number });
      return { to: typeof to === 'number' ? to : [...to].sort(), number: push.number };
    });
}

/** Waits until a node was told of a content. */
function isTold(node: FleetNode, content: PushContent): Promise<void> {
  return vi.waitFor(() => expect(toldOf(node, content)).not.toEqual([]), {
    timeout: 5000,
    interval: 2,
  });
}

/** What every registry has to promise about pushes, whatever it stores in. */
export function describePushes(name: string, fleet: Fleet): void {
  describe(`pushes in the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    /** Notifications of one server keep their order: what was sent to this user before has arrived by then. */
    const isQuiet = async (user: UserRef): Promise<void> => {
      for (const node of [a, b]) {
        const marker = freshContent();
        const login = loginOf(user, { instanceId: 'marker', platform: 'linux' });
        await register(node, login);
        await a.registry.pushes.toUser(user, marker, { instanceIds: ['marker'] });
        await isTold(node, marker);
      }
    };

    it('[PUSH-1] reach every session of the user, each node once, and no one else', async () => {
      const [user, other] = [freshUser(), freshUser()];
      const phone = loginOf(user, { instanceId: 'phone' });
      const mac = loginOf(user, { instanceId: 'mac', platform: 'mac' });
      const web = loginOf(user, { instanceId: 'page', platform: 'web' });
      await register(a, phone);
      await register(b, mac);
      await register(b, web);
      await register(b, loginOf(other));
      const content = freshContent();
      const receipt = await a.registry.pushes.toUser(user, content, 'all');
      expect(receipt.sessions).toBe(3);
      const { number } = receipt;
      await isTold(a, content);
      await isTold(b, content);
      expect(toldOf(a, content)).toEqual([{ to: [phone.sessionId], number }]);
      expect(toldOf(b, content)).toEqual([{ to: [mac.sessionId, web.sessionId].sort(), number }]);
    });

    it('[PUSH-1] reach the instances they are for, and no others', async () => {
      const user = freshUser();
      const phone = loginOf(user, { instanceId: 'phone' });
      await register(a, phone);
      await register(b, loginOf(user, { instanceId: 'mac', platform: 'mac' }));
      const content = freshContent();
      const target = { instanceIds: ['phone', 'no such'] };
      expect(await b.registry.pushes.toUser(user, content, target)).toMatchObject({ sessions: 1 });
      await isQuiet(user);
      expect(toldOf(a, content)).toMatchObject([{ to: [phone.sessionId] }]);
      expect(toldOf(b, content)).toEqual([]);
      const nobody = await a.registry.pushes.toUser(user, freshContent(), { instanceIds: [] });
      expect(nobody.sessions).toBe(0);
    });

    it('[PUSH-1] name sessions: what was sent to one is never for its successor', async () => {
      const user = freshUser();
      const first = loginOf(user);
      await register(a, first);
      const content = freshContent();
      await b.registry.pushes.toUser(user, content, 'all');
      const second = loginOf(user);
      await register(a, second);
      await hears(a, first.sessionId);
      await isQuiet(user);
      expect(toldOf(a, content)).toMatchObject([{ to: [first.sessionId] }]);
    });

    it('reach nobody where nobody is: after a logout, a kick, and never having been', async () => {
      const user = freshUser();
      const login = loginOf(user);
      expect(await a.registry.pushes.toUser(user, freshContent(), 'all')).toMatchObject({
        sessions: 0,
      });
      await register(a, login);
      await a.registry.logout(login, 'lost');
      expect(await a.registry.pushes.toUser(user, freshContent(), 'all')).toMatchObject({
        sessions: 0,
      });
      await register(a, loginOf(user));
      await a.registry.kick(user, 'all', 'REST');
      expect(await b.registry.pushes.toUser(user, freshContent(), 'all')).toMatchObject({
        sessions: 0,
      });
    });

    it('[PUSH-2] of a user have growing numbers and keep their order, from whatever node', async () => {
      const user = freshUser();
      await register(a, loginOf(user));
      const sent: PushContent[] = [];
      const numbers: number[] = [];
      for (let i = 0; i < 20; i += 1) {
        const content = freshContent();
        sent.push(content);
        const { registry } = i % 2 === 0 ? a : b;
        numbers.push((await registry.pushes.toUser(user, content, 'all')).number);
      }
      await isTold(a, sent.at(-1) as PushContent);
      expect(numbers).toEqual([...new Set(numbers)].sort((x, y) => x - y));
      const bodies = sent.map(({ body }) => body);
      const arrived = a.pushes.filter(({ push }) => bodies.includes(push.body));
      expect(arrived.map(({ push }) => push.body)).toEqual(bodies);
      expect(arrived.map(({ push }) => push.number)).toEqual(numbers);
    });

    it('carry the largest content there may be, whatever is in it', async () => {
      const user = freshUser();
      await register(b, loginOf(user));
      const body = `${'"\\\u0000'.repeat(1000)} ${'ü'.repeat(1000)}`;
      const content = { sender: '', topic: ' ', body };
      await a.registry.pushes.toUser(user, content, 'all');
      await isTold(b, content);
    });

    it('[PUSH-5] to everybody are told to every node once, with the app', async () => {
      const { sdkAppId } = freshUser();
      const content = freshContent();
      const outcome = await a.registry.pushes.toEverybody(sdkAppId, content, freshTask());
      expect(outcome).toMatchObject({ kind: 'sent' });
      const { number, nodes } = outcome as { number: number; nodes: number };
      expect(nodes).toBeGreaterThanOrEqual(2);
      await isTold(a, content);
      await isTold(b, content);
      expect(toldOf(a, content)).toEqual([{ to: sdkAppId, number }]);
      expect(toldOf(b, content)).toEqual([{ to: sdkAppId, number }]);
      expect(Math.abs(number / 1000 - Date.now())).toBeLessThan(60_000);
    });

    it('[PUSH-5] to everybody of a task that is known are answered with its number and told to nobody', async () => {
      const sdkAppId = 77;
      const task = freshTask();
      const first = await a.registry.pushes.toEverybody(sdkAppId, freshContent(), task);
      const again = freshContent();
      const known = await b.registry.pushes.toEverybody(sdkAppId, again, task);
      expect(known).toEqual({ kind: 'known', number: (first as { number: number }).number });
      // Each app has its own.
      expect(await b.registry.pushes.toEverybody(78, again, task)).toMatchObject({ kind: 'sent' });
      await isTold(a, again);
      expect(toldOf(a, again)).toMatchObject([{ to: 78 }]);
      const forgotten = { ...task, knownS: 0 };
      expect(
        await a.registry.pushes.toEverybody(sdkAppId, freshContent(), forgotten),
      ).toMatchObject({
        kind: 'sent',
      });
    });

    it('[PUSH-5] to everybody keep their distance, and have a number a day, for all nodes together', async () => {
      const push = (task: Partial<PushTask>) =>
        b.registry.pushes.toEverybody(79, freshContent(), freshTask(task));
      expect(await a.registry.pushes.toEverybody(79, freshContent(), freshTask())).toMatchObject({
        kind: 'sent',
      });
      expect(await push({ gapS: 60 })).toEqual({ kind: 'tooSoon' });
      // Just after midnight the first may have been yesterday's.
      await push({ perDay: 2 });
      expect(await push({ perDay: 1 })).toEqual({ kind: 'tooMany' });
      expect(await push({})).toMatchObject({ kind: 'sent' });
    });
  });
}

/**
 * What every registry has to promise about the pushes it keeps.
 * @param node a further node that keeps pushes for 60 s, 5 of a user and 16,384 bytes
 */
export function describeKeptPushes(
  name: string,
  fleet: Fleet,
  node: () => Promise<FleetNode>,
): void {
  describe(`kept pushes in the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await node();
      b = await node();
    });
    afterAll(() => fleet.stop());

    const push = async (user: UserRef, target: PushTarget = 'all', body?: string) => {
      const content = { ...freshContent(), ...(body !== undefined && { body }) };
      const { number } = await a.registry.pushes.toUser(user, content, target);
      return { number, ...content };
    };
    const missed = (user: UserRef, after: number, instanceId = 'phone') =>
      b.registry.pushes.missed({ ...user, instanceId }, after);

    it('[PUSH-6] are those behind a login or another push, in their order', async () => {
      const user = freshUser();
      const epoch = await register(a, loginOf(user));
      const sent = [await push(user), await push(user), await push(user)];
      expect(await missed(user, pushNumberAt(epoch))).toEqual(sent);
      expect(await missed(user, sent[0]?.number ?? 0)).toEqual(sent.slice(1));
      expect(await missed(user, sent[2]?.number ?? 0)).toEqual([]);
      expect(await missed(freshUser(), 0)).toEqual([]);
    });

    it('[PUSH-6] are behind every login there was, also of the same moment', async () => {
      const user = freshUser();
      for (let i = 0; i < 20; i += 1) {
        const epoch = await register(a, loginOf(user));
        const one = await push(user);
        expect(await missed(user, pushNumberAt(epoch))).toEqual([one]);
      }
    });

    it('[PUSH-6] are for the instances they were for', async () => {
      const user = freshUser();
      await register(a, loginOf(user));
      await register(b, loginOf(user, { instanceId: 'mac', platform: 'mac' }));
      const [one, two] = [await push(user), await push(user, { instanceIds: ['mac', 'x'] })];
      expect(await missed(user, 0)).toEqual([one]);
      expect(await missed(user, 0, 'mac')).toEqual([one, two]);
      expect(await missed(user, 0, 'x')).toEqual([one, two]);
    });

    it('[PUSH-6] are not spoilt by names that no instance can have', async () => {
      const user = freshUser();
      await register(a, loginOf(user));
      const one = await push(user, { instanceIds: ['a b', 'phone', 'x,y', '', '*'] });
      const two = await push(user);
      expect(await missed(user, 0)).toEqual([one, two]);
    });

    it('[PUSH-6] wait for a client that lost its link, and are not begun for a user who left', async () => {
      const user = freshUser();
      const login = loginOf(user);
      expect((await push(user)).number).toBeGreaterThan(0);
      expect(await missed(user, 0)).toEqual([]);
      await register(a, login);
      await a.registry.logout(login, 'lost');
      const one = await push(user);
      expect(await missed(user, 0)).toEqual([one]);
      await push(user, { instanceIds: ['no such'] });
      expect(await missed(user, 0, 'no such')).toEqual([one]);
      const again = loginOf(user);
      await register(a, again);
      await a.registry.logout(again, 'left');
      await push(user);
      expect(await missed(user, 0)).toEqual([one]);
    });

    it('[PUSH-7] are bounded in number and in bytes: the oldest go', async () => {
      const user = freshUser();
      await register(a, loginOf(user));
      const sent = [];
      for (let i = 0; i < 8; i += 1) sent.push(await push(user));
      expect(await missed(user, 0)).toEqual(sent.slice(3));
      const large = [];
      for (let i = 0; i < 3; i += 1) large.push(await push(user, 'all', 'x'.repeat(7000)));
      expect(await missed(user, 0)).toEqual(large.slice(1));
      const largest = await push(user, 'all', 'ü'.repeat(6000));
      expect(await missed(user, 0)).toEqual([largest]);
      const small = await push(user);
      expect(await missed(user, 0)).toEqual([largest, small]);
    });

    it('reach the sessions as well', async () => {
      const user = freshUser();
      const login = loginOf(user);
      await register(a, login);
      const content = freshContent();
      expect(await b.registry.pushes.toUser(user, content, 'all')).toMatchObject({ sessions: 1 });
      await isTold(a, content);
      expect(toldOf(a, content)).toMatchObject([{ to: [login.sessionId] }]);
    });
  });
}
