import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import type { UserStatus } from '../../gateway/registry/status.ts';
import type { LoginOutcome } from '../../gateway/registry/login.ts';
import type { Frame } from '../../protocol/frames.ts';
import { appId, settled, TestRoom, type Peer } from './room.ts';

/** Whatever its value. */
const version = expect.any(Number) as number;

async function statusOf(room: TestRoom, userId: string): Promise<UserStatus | undefined> {
  return (await room.registry.statuses([{ sdkAppId: appId, userId }]))[0];
}

async function watches(peer: Peer, ...userIds: string[]): Promise<void> {
  peer.says({ name: 'watch', userIds, sdkAppId: 0 });
  await settled();
}

function statesOf(peer: Peer, userId: string): string[] {
  return peer
    .got('statusChanged')
    .flatMap(({ statuses }) => statuses)
    .filter(([id]) => id === userId)
    .map(([, state]) => state);
}

describe('a session whose link was lost', () => {
  it('[PRESENCE-8] is held: its user stays online until the time is over', async () => {
    const room = new TestRoom();
    const phone = await room.loggedIn('alice', { platform: 'ios' });
    const watcher = await room.loggedIn('eve');
    await watches(watcher, 'alice');
    phone.goes(true);
    await room.wait(4900);
    expect(await statusOf(room, 'alice')).toMatchObject({ state: 'online' });
    expect(room.room.sessions.held.count, 'audits and kicks find it').toBe(2);
    expect(room.room.sessions.lostCount).toBe(1);
    expect(room.room.counters.sessions.ios).toBe(1);
    await room.wait(200);
    expect(await statusOf(room, 'alice')).toMatchObject({ state: 'pushOnline' });
    expect(statesOf(watcher, 'alice')).toEqual(['pushOnline']);
    expect(room.room.sessions.lostCount).toBe(0);
    expect(room.room.counters.sessions.ios).toBe(0);
    expect(room.room.counters).toMatchObject({ lostLinks: 1, regainedLinks: 0 });
  });

  it('[PRESENCE-8] is replaced unseen when its client comes back, here or on another node', async () => {
    const store = new MemoryStore();
    const rooms = [new TestRoom({ store }), new TestRoom({ store })] as const;
    for (const back of rooms) {
      const first = await rooms[0].loggedIn('alice');
      const watcher = await rooms[1].loggedIn('eve');
      await watches(watcher, 'alice');
      first.goes(true);
      await rooms[0].wait(3000);
      const again = await back.loggedIn('alice', { automatic: true });
      await rooms[0].wait(10_000);
      await settled();
      expect(statesOf(watcher, 'alice')).toEqual([]);
      expect(await statusOf(back, 'alice')).toMatchObject({ state: 'online' });
      expect(rooms[0].room.sessions.lostCount).toBe(0);
      again.goes(false);
      await settled();
    }
    expect(rooms[0].room.counters).toMatchObject({ lostLinks: 2, regainedLinks: 2 });
  });

  it('[PRESENCE-8] is not held after a goodbye, a logout or a final close code, nor where nothing is held', async () => {
    const room = new TestRoom();
    const goodbye = await room.loggedIn('alice', { platform: 'ios' });
    goodbye.goes(false);
    const fought = await room.loggedIn('bob', { platform: 'ios' });
    fought.session.end('tooManyFailures');
    const loggedOut = await room.loggedIn('carol', { platform: 'ios' });
    loggedOut.says({ name: 'logout' });
    await settled();
    loggedOut.goes(true);
    await settled();
    for (const userId of ['alice', 'bob', 'carol']) {
      expect(await statusOf(room, userId), userId).toMatchObject({ state: 'offline' });
    }
    const none = new TestRoom({ settings: { holdMs: 0 } });
    const cut = await none.loggedIn('dave', { platform: 'ios' });
    cut.goes(true);
    await settled();
    expect(await statusOf(none, 'dave')).toMatchObject({ state: 'pushOnline' });
    expect([room.room.sessions.lostCount, none.room.sessions.lostCount]).toEqual([0, 0]);
  });

  it('[PRESENCE-8] is held as well when the gateway closed it and told it to come back', async () => {
    const room = new TestRoom();
    const slow = await room.loggedIn('alice');
    slow.outcome = 'dropped';
    slow.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(slow.closedWith).toBe('slowConsumer');
    await settled();
    expect(await statusOf(room, 'alice')).toMatchObject({ state: 'online' });
    await room.wait(5100);
    expect(await statusOf(room, 'alice')).toMatchObject({ state: 'offline' });
  });

  it('[KICK-6] is kicked like any other, and its client is told when it comes back', async () => {
    const room = new TestRoom({ policy: 'single' });
    const phone = await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    phone.goes(true);
    await room.loggedIn('alice', { instanceId: 'pad', platform: 'ipad' });
    await settled();
    expect(room.room.sessions.lostCount).toBe(0);
    expect(room.room.counters.kicks.multipleDevice).toBe(1);
    expect(phone.got('kicked'), 'there is no link to tell it by').toEqual([]);
    const wish = { instanceId: 'phone', platform: 'ios', automatic: true } as const;
    const back = room.connect();
    back.says(room.login('alice', wish));
    await settled();
    expect(back.got('kicked')[0]).toMatchObject({ byInstanceId: 'pad' });
    expect(back.closedWith).toBe('kicked');
  });

  it('[KICK-6] is told of a kick that fell after its hold as well', async () => {
    const room = new TestRoom({ policy: 'single' });
    const phone = await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    phone.goes(true);
    await room.wait(60_000);
    await room.loggedIn('alice', { instanceId: 'pad', platform: 'ipad' });
    const back = room.connect();
    back.says(room.login('alice', { instanceId: 'phone', platform: 'ios', automatic: true }));
    await settled();
    expect(back.closedWith).toBe('kicked');
  });

  it('ends in its time though its ticket ends while it is held, and is not warned', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice', { userSig: room.ticket('alice', 3) });
    alice.goes(true);
    const frames = alice.frames.length;
    await room.wait(5100);
    expect(await statusOf(room, 'alice')).toMatchObject({ state: 'offline' });
    expect(alice.frames).toHaveLength(frames);
    expect(room.room.sessions.held.count).toBe(0);
  });

  it('[PRESENCE-10] hands its watches to the next login of its instance here, with all they say', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    await watches(alice, 'bob', 'carol');
    alice.goes(true);
    await room.loggedIn('bob');
    await settled();
    expect(alice.got('statusChanged')).toEqual([]);
    const again = await room.loggedIn('alice', { automatic: true });
    await settled();
    expect(again.got('loggedIn')[0]).toMatchObject({ watches: 2, repeatLogin: false });
    expect(again.got('statusChanged')).toHaveLength(1);
    expect(again.got('statusChanged')[0]?.statuses).toMatchObject([
      ['bob', 'online', ['web'], '', version],
      ['carol', 'offline', [], '', 0],
    ]);
    await room.loggedIn('carol');
    await settled();
    expect(statesOf(again, 'carol')).toEqual(['offline', 'online']);
    await room.wait(6000);
    expect(room.room.presence.watchCount).toBe(2);
    const seq = again.says(room.login('alice'));
    expect(again.reply(seq)).toMatchObject({ repeatLogin: true, watches: 2 });
  });

  it('[PRESENCE-10] keeps its watches from other instances and other nodes', async () => {
    const store = new MemoryStore();
    const [room, other] = [new TestRoom({ store }), new TestRoom({ store })];
    const alice = await room.loggedIn('alice');
    await watches(alice, 'bob');
    alice.goes(true);
    const phone = await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    expect(phone.got('loggedIn')[0]).toMatchObject({ watches: 0 });
    const elsewhere = await other.loggedIn('alice');
    await settled();
    expect(elsewhere.got('loggedIn')[0]).toMatchObject({ watches: 0 });
    expect(room.room.presence.watchCount).toBe(0);
  });

  it('[PRESENCE-10] has its watches back when the login that took them comes to nothing', async () => {
    let answer: ((outcome: LoginOutcome | undefined) => void) | undefined;
    const wrap = (registry: Registry): Registry => {
      const login: Registry['login'] = async (request) => {
        if (!request.isAutomatic) return registry.login(request);
        const told = await new Promise<LoginOutcome | undefined>((resolve) => (answer = resolve));
        return told ?? registry.login(request);
      };
      return new Proxy(registry, {
        get: (target, key) =>
          key === 'login'
            ? login
            : (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind?.(target),
      });
    };
    const room = new TestRoom({ wrap });
    const count = (): number => room.room.presence.watchCount;
    const alice = await room.loggedIn('alice');
    await watches(alice, 'bob');
    alice.goes(true);

    const failing = room.connect();
    failing.says(room.login('alice', { automatic: true }));
    await settled();
    await room.loggedIn('bob');
    await settled();
    expect(failing.got('statusChanged'), 'not before the login holds').toEqual([]);
    answer?.({ kind: 'unavailable', reason: 'away', retryAfterMs: 1 });
    await settled();
    expect(count()).toBe(1);

    const gone = room.connect();
    gone.says(room.login('alice', { automatic: true }));
    await settled();
    gone.goes(true);
    answer?.({ kind: 'unavailable', reason: 'away', retryAfterMs: 1 });
    await settled();
    expect(count()).toBe(1);

    const again = room.connect();
    again.says(room.login('alice', { automatic: true }));
    await settled();
    answer?.(undefined);
    await settled();
    expect(again.got('loggedIn')[0]).toMatchObject({ watches: 1 } satisfies Partial<
      Frame<'loggedIn'>
    >);
    expect(statesOf(again, 'bob')).toEqual(['online']);
    again.goes(false);
    expect(count()).toBe(0);
  });
});
