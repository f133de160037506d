import { describe, expect, it } from 'vitest';
import { simpleVisibilities } from '../../gateway/presence/visibility.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import { answerCodes } from '../../protocol/codes.ts';
import type { Frame } from '../../protocol/frames.ts';
import { appId, settled, TestRoom, type Peer } from './room.ts';

const watch = (...userIds: string[]) => ({ name: 'watch', userIds, sdkAppId: 0 }) as const;
const unwatch = (...userIds: string[]) => ({ name: 'unwatch', userIds, sdkAppId: 0 }) as const;
const query = (userIds: string[], withInstances = false) =>
  ({ name: 'query', userIds, sdkAppId: 0, withInstances }) as const;
const setStatus = (customStatus: string) => ({ name: 'setStatus', customStatus }) as const;

/** Whatever its value. */
const version = expect.any(Number) as number;

/** Sends a presence request and gives the reply. */
async function ask(peer: Peer, frame: Parameters<Peer['says']>[0]): Promise<unknown> {
  const seq = peer.says(frame);
  await settled();
  return peer.reply(seq);
}

/** The last status a peer was pushed of a user. */
function pushed(
  peer: Peer,
  userId: string,
): Frame<'statusChanged'>['statuses'][number] | undefined {
  return peer
    .got('statusChanged')
    .flatMap(({ statuses }) => statuses)
    .findLast(([id]) => id === userId);
}

describe('a watch', () => {
  it('[PRESENCE-2] is answered with how users are, and followed by every change', async () => {
    const store = new MemoryStore();
    const [here, there] = [new TestRoom({ store }), new TestRoom({ store })];
    const alice = await here.loggedIn('alice');
    const carol = await there.loggedIn('carol', { platform: 'ios' });
    expect(await ask(alice, watch('bob', 'carol'))).toMatchObject({
      name: 'watching',
      statuses: [
        ['bob', 'offline', [], '', 0],
        ['carol', 'online', ['ios'], '', version],
      ],
      refused: [],
      dropped: [],
      retryAfterMs: 0,
      isLast: true,
    });
    const bob = await there.loggedIn('bob');
    await settled();
    expect(pushed(alice, 'bob')).toMatchObject(['bob', 'online', ['web'], '', version]);
    await ask(bob, setStatus('busy'));
    expect(pushed(alice, 'bob')).toMatchObject(['bob', 'online', ['web'], 'busy', version]);
    await ask(bob, { name: 'logout' });
    expect(pushed(alice, 'bob')).toMatchObject(['bob', 'offline', [], '', version]);
    expect(carol.got('statusChanged')).toEqual([]);
    const versions = alice.got('statusChanged').map(({ statuses }) => statuses[0]?.[4] ?? 0);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('ends when the client says so, one or all', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    await ask(alice, watch('bob', 'carol', 'dave'));
    expect(await ask(alice, unwatch('bob'))).toMatchObject({ name: 'unwatched', watches: 2 });
    expect(await ask(alice, unwatch())).toMatchObject({ name: 'unwatched', watches: 0 });
    await room.loggedIn('bob');
    await room.loggedIn('carol');
    await settled();
    expect(alice.got('statusChanged')).toEqual([]);
  });

  it('[PRESENCE-10] ends with its session, however that ends', async () => {
    const room = new TestRoom({ policy: 'single' });
    const count = (): number => room.room.presence.watchCount;
    const alice = await room.loggedIn('alice');
    await ask(alice, watch('bob'));
    expect(count()).toBe(1);
    await ask(alice, { name: 'logout' });
    expect(count(), 'logout').toBe(0);
    const kicked = await room.loggedIn('alice', { instanceId: 'one' });
    await ask(kicked, watch('bob'));
    const other = await room.loggedIn('alice', { instanceId: 'two' });
    await settled();
    expect(kicked.closedWith).toBe('kicked');
    expect(count(), 'kick').toBe(0);
    await ask(other, watch('bob'));
    await ask(other, room.login('zoe'));
    expect(count(), 'account switch').toBe(0);
    await ask(other, watch('bob'));
    other.goes(false);
    expect(count(), 'goodbye').toBe(0);
  });

  it('[PRESENCE-4] names no more users than it may', async () => {
    const room = new TestRoom({ presence: { usersPerWatch: 2, usersPerQuery: 3 } });
    const alice = await room.loggedIn('alice');
    const code = answerCodes.invalidParameters.code;
    expect(await ask(alice, watch('a', 'b', 'c'))).toMatchObject({ name: 'failed', code });
    expect(await ask(alice, unwatch('a', 'b', 'c'))).toMatchObject({ name: 'failed', code });
    expect(await ask(alice, query(['a', 'b', 'c', 'd']))).toMatchObject({ name: 'failed', code });
    expect(await ask(alice, query(['a', 'b', 'c']))).toMatchObject({ name: 'queried' });
  });

  it('[PRESENCE-5] is refused with 7008 and a delay when it comes too often', async () => {
    const room = new TestRoom({ presence: { maxCalls: 4 } });
    const alice = await room.loggedIn('alice');
    for (const frame of [watch('bob'), unwatch(), query(['bob']), setStatus('x')]) {
      expect(await ask(alice, frame)).not.toMatchObject({ name: 'failed' });
    }
    const { code } = answerCodes.tooManyCalls;
    for (const frame of [watch('bob'), unwatch(), query(['bob']), setStatus('y')]) {
      expect(await ask(alice, frame)).toMatchObject({ code, retryAfterMs: 1250 });
    }
    await room.wait(1250);
    expect(await ask(alice, watch('bob'))).toMatchObject({ name: 'watching' });
  });

  it('[PRESENCE-6] of oneself is refused by name, and the others are watched', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    expect(await ask(alice, watch('alice', 'bob'))).toMatchObject({
      statuses: [['bob', 'offline', [], '', 0]],
      refused: [['alice', 6017]],
    });
  });

  it('[PRESENCE-6] says when to ask again where somebody did not answer', async () => {
    const wrap = (registry: Registry): Registry =>
      Object.assign(Object.create(registry) as Registry, {
        login: registry.login.bind(registry),
        logout: registry.logout.bind(registry),
        watch: () => Promise.reject(new Error('away')),
      });
    const room = new TestRoom({ wrap });
    const alice = await room.loggedIn('alice');
    const reply = (await ask(alice, watch('bob'))) as Frame<'watching'>;
    expect(reply.refused).toEqual([['bob', answerCodes.registryUnavailable.code]]);
    expect(reply.retryAfterMs).toBeGreaterThanOrEqual(500);
    const unsure = new TestRoom({ visibility: { isOff: false, decide: () => ['unknown'] } });
    const asked = (await ask(await unsure.loggedIn('eve'), query(['bob']))) as Frame<'queried'>;
    expect(asked.refused).toEqual([['bob', answerCodes.visibilityUnknown.code]]);
    expect(asked.retryAfterMs).toBeGreaterThanOrEqual(500);
  });

  it('[PRESENCE-7] gets 72001 where presence is off; a custom status may still be set', async () => {
    const room = new TestRoom({ visibility: simpleVisibilities.nobody });
    const alice = await room.loggedIn('alice');
    for (const frame of [watch('bob'), unwatch(), query(['alice'])]) {
      expect(await ask(alice, frame)).toMatchObject({ code: answerCodes.presenceOff.code });
    }
    expect(await ask(alice, setStatus('busy'))).toMatchObject({ name: 'statusSet' });
  });

  it('[PRESENCE-7] of another app is refused with 6011 by default', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    expect(await ask(alice, { ...watch('bob'), sdkAppId: 7 })).toMatchObject({
      statuses: [],
      refused: [['bob', answerCodes.userNotVisible.code]],
    });
    expect(await ask(alice, { ...query(['alice']), sdkAppId: appId })).toMatchObject({
      statuses: [['alice', 'online', ['web'], '', version]],
    });
  });

  it('[PRESENCE-11] needs a login, and a ticket that has not ended', async () => {
    const room = new TestRoom();
    const requests = [watch('bob'), unwatch(), query(['bob']), setStatus('x')];
    const stranger = room.connect();
    for (const frame of requests) {
      expect(await ask(stranger, frame)).toMatchObject({ code: answerCodes.notLoggedIn.code });
    }
    const alice = await room.loggedIn('alice', { userSig: room.ticket('alice', 10) });
    await room.wait(11_000);
    for (const frame of requests) {
      expect(await ask(alice, frame)).toMatchObject({ code: answerCodes.userSigExpired.code });
    }
    expect(alice.closedWith).toBeUndefined();
  });

  it('that is answered after the logout gets 6014', async () => {
    let decide: (() => void) | undefined;
    const room = new TestRoom({
      visibility: {
        isOff: false,
        decide: () => new Promise((resolve) => (decide = () => resolve(['visible']))),
      },
    });
    const alice = await room.loggedIn('alice');
    const seq = alice.says(watch('bob'));
    await ask(alice, { name: 'logout' });
    decide?.();
    await settled();
    expect(alice.reply(seq)).toMatchObject({ code: answerCodes.notLoggedIn.code });
    expect(room.room.presence.watchCount).toBe(0);
  });

  it('[CONN-7] costs a watcher that does not read its connection, not presence its memory', async () => {
    const room = new TestRoom();
    const [alice, eve] = [await room.loggedIn('alice'), await room.loggedIn('eve')];
    for (const peer of [alice, eve]) await ask(peer, watch('bob'));
    alice.outcome = 'dropped';
    await room.loggedIn('bob');
    await settled();
    expect(alice.closedWith).toBe('slowConsumer');
    expect(pushed(eve, 'bob')).toMatchObject(['bob', 'online', ['web'], '', version]);
  });
});

describe('a query', () => {
  it('[PRESENCE-9] of many users is answered in parts', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    const names = Array.from({ length: 500 }, (_, i) => `user-with-a-rather-long-name-${i}`);
    const seq = alice.says(query(names));
    await settled();
    const parts = alice.got('queried').filter((frame) => frame.seq === seq);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, i) => i === parts.length - 1));
    expect(parts.flatMap(({ statuses }) => statuses.map(([userId]) => userId))).toEqual(names);
  });

  it('tells of the own instances when asked, and never of those of others', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    await room.loggedIn('bob');
    expect(await ask(alice, query(['alice', 'bob'], true))).toMatchObject({
      statuses: [
        ['bob', 'online', ['web'], '', version],
        ['alice', 'online', ['web', 'ios'], '', version],
      ],
      instances: [
        ['phone', 'ios'],
        ['alice-laptop', 'web'],
      ],
    });
    expect(await ask(alice, query(['bob'], true))).toMatchObject({ instances: [] });
    expect(await ask(alice, query(['alice']))).toMatchObject({ instances: [] });
  });
});

describe('a custom status', () => {
  it("[PRESENCE-3] is pushed to watchers and to the user's other instances, not to the one that set it", async () => {
    const store = new MemoryStore();
    const [here, there] = [new TestRoom({ store }), new TestRoom({ store })];
    const laptop = await here.loggedIn('alice');
    const phone = await there.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    const eve = await there.loggedIn('eve');
    await ask(eve, watch('alice'));
    expect(await ask(laptop, setStatus('busy'))).toMatchObject({ name: 'statusSet' });
    expect(pushed(phone, 'alice')).toMatchObject([
      'alice',
      'online',
      ['web', 'ios'],
      'busy',
      version,
    ]);
    expect(pushed(eve, 'alice')).toEqual(pushed(phone, 'alice'));
    expect(laptop.got('statusChanged')).toEqual([]);
    await ask(phone, setStatus(''));
    expect(pushed(laptop, 'alice')).toMatchObject(['alice', 'online', ['web', 'ios'], '', version]);
  });

  it('of a session the registry does not know gets 70169, to be said again', async () => {
    const room = new TestRoom();
    const alice = await room.loggedIn('alice');
    const [login] = [...room.room.sessions.held.all()];
    if (login !== undefined) await room.registry.logout(login, 'left');
    expect(await ask(alice, setStatus('busy'))).toMatchObject({
      code: answerCodes.registryUnavailable.code,
      retryAfterMs: 1000,
    });
  });
});
