import { describe, expect, it } from 'vitest';
import type { Registry } from '../../gateway/registry/port.ts';
import type { Pushes } from '../../gateway/registry/pushes.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import { appId, settled, TestRoom, type Peer } from './room.ts';

const alice = { sdkAppId: appId, userId: 'alice' };
const bodies = (peer: Peer): string[] => peer.got('push').map(({ body }) => body);

/** A room that keeps pushes; `missed` stands before what the registry says of them. */
function keepingRoom(
  missed: (real: Pushes['missed']) => Pushes['missed'] = (real) => real,
  keepsPushes = true,
): TestRoom {
  const keeping = { keepS: keepsPushes ? 60 : 0, count: 100, bytes: 32_768 };
  const wrap = (registry: Registry): Registry =>
    new Proxy(registry, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'pushes') return typeof value === 'function' ? value.bind(target) : value;
        const { pushes } = target;
        return {
          toUser: pushes.toUser.bind(pushes),
          toEverybody: pushes.toEverybody.bind(pushes),
          missed: missed(pushes.missed.bind(pushes)),
        };
      },
    });
  const store = new MemoryStore(Date.now, { keeping });
  return new TestRoom({ store, wrap, settings: { keepsPushes } });
}

const push = async (room: TestRoom, body: string): Promise<number> => {
  const content = { sender: 'bob', topic: 'C2C', body };
  const { number } = await room.registry.pushes.toUser(alice, content, 'all');
  await settled();
  return number;
};
const numberOf = (peer: Peer): number => peer.got('loggedIn').at(-1)?.pushNumber ?? -1;

describe('a client that comes back', () => {
  it('[PUSH-6] gets what it missed, once, in order, before what comes then', async () => {
    const room = keepingRoom();
    const before = await room.loggedIn('alice');
    const pushNumber = numberOf(before);
    expect(pushNumber).toBeGreaterThan(0);
    const known = await push(room, 'known');
    expect(bodies(before)).toEqual(['known']);
    before.goes(true);
    for (const body of ['one', 'two']) await push(room, body);
    const back = await room.loggedIn('alice', { automatic: true, afterPush: known });
    await push(room, 'three');
    expect(back.frames.map(({ name }) => name)).toEqual(['loggedIn', 'push', 'push', 'push']);
    expect(bodies(back)).toEqual(['one', 'two', 'three']);
    expect(numberOf(back)).toBe(known);
    expect(room.room.pushes).toMatchObject({ recovered: 2, unrecovered: 0 });
    const again = await room.loggedIn('alice', { automatic: true, afterPush: pushNumber });
    expect(bodies(again)).toEqual(['known', 'one', 'two', 'three']);
  });

  it('[PUSH-6] gets what is sent while it is being looked up, once, behind what it missed', async () => {
    let answer = (): void => undefined;
    const room = keepingRoom((real) => async (...asked) => {
      // Those that were pushed before the look are found by it, and were told to the node too.
      await new Promise<void>((resolve) => (answer = resolve));
      return real(...asked);
    });
    const before = await room.loggedIn('alice');
    const afterPush = numberOf(before);
    before.goes(true);
    await push(room, 'missed');
    const back = await room.loggedIn('alice', { automatic: true, afterPush });
    await push(room, 'meanwhile');
    expect(bodies(back)).toEqual([]);
    answer();
    await settled();
    await push(room, 'later');
    expect(bodies(back)).toEqual(['missed', 'meanwhile', 'later']);
    expect(room.room.pushes.sent).toBe(3);
  });

  it('[PUSH-6] is asked for nothing where nothing is kept, or it does not ask', async () => {
    const looks: unknown[] = [];
    const look =
      (real: Pushes['missed']): Pushes['missed'] =>
      (...asked) => {
        looks.push(asked);
        return real(...asked);
      };
    const off = keepingRoom(look, false);
    const peer = await off.loggedIn('alice', { automatic: true, afterPush: 5 });
    expect(numberOf(peer)).toBe(0);
    const room = keepingRoom(look);
    await room.loggedIn('alice');
    await room.loggedIn('alice', { automatic: true });
    expect(looks).toEqual([]);
  });

  it('[PUSH-7] is in all the same where the registry cannot be asked, and gets what is sent then', async () => {
    let tries = 0;
    const room = keepingRoom(() => () => {
      tries += 1;
      return Promise.reject(new Error('away'));
    });
    const peer = await room.loggedIn('alice', { automatic: true, afterPush: 5 });
    await push(room, 'one');
    await expect.poll(() => bodies(peer)).toEqual(['one']);
    expect(tries).toBe(3);
    expect(room.room.pushes).toMatchObject({ recovered: 0, unrecovered: 1 });
    expect(peer.closedWith).toBeUndefined();
    await push(room, 'two');
    expect(bodies(peer)).toEqual(['one', 'two']);
  });

  it('[PUSH-6] gets what it missed after a second lost link too', async () => {
    const room = keepingRoom();
    const before = await room.loggedIn('alice');
    before.goes(true);
    await push(room, 'one');
    const first = await room.loggedIn('alice', { automatic: true, afterPush: numberOf(before) });
    const second = await room.loggedIn('alice', { automatic: true, afterPush: numberOf(first) });
    expect(bodies(second)).toEqual(['one']);
  });

  it('[PUSH-6] is told nothing of another user of the connection', async () => {
    let answer = (): void => undefined;
    const room = keepingRoom((real) => async (...asked) => {
      const missed = await real(...asked);
      await new Promise<void>((resolve) => (answer = resolve));
      return missed;
    });
    const before = await room.loggedIn('alice');
    before.goes(true);
    await push(room, 'for alice');
    const back = await room.loggedIn('alice', { automatic: true, afterPush: numberOf(before) });
    back.says(room.login('carol'));
    await settled();
    answer();
    await settled();
    expect(back.got('loggedIn')).toHaveLength(2);
    expect(bodies(back)).toEqual([]);
  });
});
