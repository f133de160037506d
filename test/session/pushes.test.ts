import { describe, expect, it } from 'vitest';
import type { Frame } from '../../protocol/frames.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import type { LoginOutcome } from '../../gateway/registry/login.ts';
import { appId, settled, TestRoom, type Peer } from './room.ts';

const content = (body: string) => ({ sender: 'bob', topic: 'C2C', body });
const alice = { sdkAppId: appId, userId: 'alice' };
const bodies = (peer: Peer): string[] => peer.got('push').map(({ body }) => body);

/** A room whose registry keeps the answers to logins back until it is told to give them. */
function roomWithSlowLogins(): { room: TestRoom; answer: () => void } {
  const waiting: (() => void)[] = [];
  const wrap = (registry: Registry): Registry =>
    new Proxy(registry, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'login') return value.bind(target) as unknown;
        return async (request: Parameters<Registry['login']>[0]): Promise<LoginOutcome> => {
          const outcome = await target.login(request);
          await new Promise<void>((resolve) => waiting.push(resolve));
          return outcome;
        };
      },
    });
  const answer = (): void => waiting.splice(0).forEach((give) => give());
  return { room: new TestRoom({ wrap }), answer };
}

describe('a push', () => {
  it('[PUSH-1] comes to each session of the user as one frame', async () => {
    const room = new TestRoom();
    const laptop = await room.loggedIn('alice');
    const phone = await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    const bob = await room.loggedIn('bob');
    const receipt = await room.registry.pushes.toUser(alice, content('hi'), 'all');
    await settled();
    const push: Frame<'push'> = {
      name: 'push',
      seq: 0,
      number: receipt.number,
      toEverybody: false,
      ...content('hi'),
    };
    expect(receipt.sessions).toBe(2);
    for (const peer of [laptop, phone]) expect(peer.got('push')).toEqual([push]);
    expect(bob.got('push')).toEqual([]);
    expect(room.room.pushes).toMatchObject({ sent: 2, dropped: 0 });
  });

  it('comes also in the grace time after the end of the ticket', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 60) });
    await room.wait(65_000);
    expect(peer.session.state.kind).toBe('expired');
    await room.registry.pushes.toUser(alice, content('late'), 'all');
    await settled();
    expect(bodies(peer)).toEqual(['late']);
  });

  it('[PUSH-2] to a session without a link, or one that is gone by then, is dropped and counted', async () => {
    const room = new TestRoom();
    const lost = await room.loggedIn('alice');
    lost.goes(true);
    expect((await room.registry.pushes.toUser(alice, content('one'), 'all')).sessions).toBe(1);
    await settled();
    expect(room.room.pushes).toMatchObject({ sent: 0, dropped: 1 });
    const gone = await room.loggedIn('alice', { instanceId: 'phone' });
    await room.registry.pushes.toUser(alice, content('two'), { instanceIds: ['phone'] });
    gone.says({ name: 'logout' });
    await settled();
    expect(bodies(gone)).toEqual([]);
    expect(room.room.pushes).toMatchObject({ sent: 0, dropped: 2 });
  });

  it('[PUSH-3] that overtakes the answer to the login follows it, in its order', async () => {
    const { room, answer } = roomWithSlowLogins();
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    for (const body of ['one', 'two']) {
      await room.registry.pushes.toUser(alice, content(body), 'all');
    }
    await settled();
    expect(peer.frames).toEqual([]);
    answer();
    await settled();
    expect(peer.frames.map(({ name }) => name)).toEqual(['loggedIn', 'push', 'push']);
    expect(bodies(peer)).toEqual(['one', 'two']);
    expect(room.room.pushes).toMatchObject({ sent: 2, dropped: 0 });
  });

  it('[PUSH-3] held for a login that comes to nothing is not for the next user of the connection', async () => {
    const { room, answer } = roomWithSlowLogins();
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    await room.registry.pushes.toUser(alice, content('for alice'), 'all');
    await settled();
    peer.says({ name: 'logout' });
    peer.says(room.login('bob'));
    await settled();
    answer();
    await settled();
    expect(peer.got('loggedIn')).toHaveLength(1);
    expect(bodies(peer)).toEqual([]);
  });

  it('[PUSH-3] is not held without a bound', async () => {
    const { room } = roomWithSlowLogins();
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    for (let i = 0; i < 65; i += 1) {
      await room.registry.pushes.toUser(alice, content(`${i}`), 'all');
    }
    await settled();
    expect(peer.closedWith).toBe('slowConsumer');
    expect(room.room.pushes).toMatchObject({ sent: 0, dropped: 65 });
  });

  it('[PUSH-4] that a client is too slow for ends its connection', async () => {
    const room = new TestRoom();
    const slow = await room.loggedIn('alice');
    slow.outcome = 'dropped';
    await room.registry.pushes.toUser(alice, content('hi'), 'all');
    await settled();
    expect(slow.closedWith).toBe('slowConsumer');
    expect(room.room.pushes).toMatchObject({ sent: 0, dropped: 1 });
  });

  it('[PUSH-5] to everybody comes to the users of the app who are logged in', async () => {
    const room = new TestRoom();
    const peers = [await room.loggedIn('alice'), await room.loggedIn('bob')];
    const stranger = room.connect();
    const task = { id: '1', knownS: 600, gapS: 0, perDay: 100 };
    const outcome = await room.registry.pushes.toEverybody(appId, content('all'), task);
    expect(outcome).toMatchObject({ kind: 'sent', nodes: 1 });
    await room.registry.pushes.toEverybody(appId + 1, content('others'), task);
    await settled();
    for (const peer of peers) {
      expect(peer.got('push')).toMatchObject([{ toEverybody: true, body: 'all' }]);
    }
    expect(stranger.got('push')).toEqual([]);
    expect(room.room.pushes).toMatchObject({ sent: 2, broadcasts: 2 });
  });
});
