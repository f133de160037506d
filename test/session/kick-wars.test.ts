import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import { KickWars, warQuietMs } from '../../gateway/session/kick-wars.ts';
import { answerCodes } from '../../protocol/codes.ts';
import { settled, TestRoom, type Peer } from './room.ts';

const evictions = { burst: 2, refillMs: 10_000 };

/** A room whose registry runs on the clock of the test. */
function makeRoom(wish: { readonly refuseKickedReturn?: boolean } = {}): TestRoom {
  const room: TestRoom = new TestRoom({
    policy: 'single',
    evictions,
    store: new MemoryStore(() => room.clock.wall),
    ...wish,
  });
  return room;
}

const laptop = { instanceId: 'laptop', platform: 'web' } as const;
const phone = { instanceId: 'phone', platform: 'ios' } as const;

/** Two devices of alice take turns until the allowance is used up; the last one stays. */
async function fight(room: TestRoom): Promise<Peer> {
  await room.loggedIn('alice', laptop);
  await room.loggedIn('alice', phone);
  return room.loggedIn('alice', laptop);
}

async function tryLogin(room: TestRoom, peer: Peer, fields: object): Promise<unknown> {
  const seq = peer.says(room.login('alice', fields));
  await settled();
  return peer.reply(seq);
}

const wars = (room: TestRoom): object[] =>
  room.logged
    .map((line) => JSON.parse(line) as { readonly level: string; readonly msg: string })
    .filter(({ level, msg }) => level === 'warn' && msg.startsWith('kick war'));

describe('a kick war', () => {
  it('[KICK-8] is answered 70114 with a delay; who is online stays, and the connection may try again', async () => {
    const room = makeRoom();
    const online = await fight(room);
    const peer = room.connect();
    const reply = await tryLogin(room, peer, phone);
    expect(reply).toMatchObject({ name: 'failed', code: answerCodes.kickWar.code });
    const { retryAfterMs } = reply as { readonly retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThanOrEqual(evictions.refillMs);
    expect(retryAfterMs).toBeLessThan(2 * evictions.refillMs);
    expect([online.closedWith, peer.closedWith]).toEqual([undefined, undefined]);
    expect(online.got('kicked')).toEqual([]);

    await room.wait(4900);
    expect(peer.closedWith).toBeUndefined();
    await room.wait(200);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[KICK-8] lets the application in after the delay', async () => {
    const room = makeRoom();
    const online = await fight(room);
    const { retryAfterMs } = (await tryLogin(room, room.connect(), phone)) as {
      readonly retryAfterMs: number;
    };
    await room.wait(retryAfterMs);
    expect(await tryLogin(room, room.connect(), phone)).toMatchObject({ name: 'loggedIn' });
    expect(online.closedWith).toBe('kicked');
  });

  it('[KICK-8] damps clients that come back by themselves before it damps an application', async () => {
    const room = makeRoom({ refuseKickedReturn: false });
    await room.loggedIn('alice', laptop);
    await room.loggedIn('alice', phone);
    await room.loggedIn('alice', { ...laptop, automatic: true });
    const returning = { ...phone, automatic: true };
    const automatic = await tryLogin(room, room.connect(), returning);
    expect(automatic).toMatchObject({ code: answerCodes.kickWar.code });
    await room.wait(evictions.refillMs);
    expect(await tryLogin(room, room.connect(), phone)).toMatchObject({ name: 'loggedIn' });
    expect(await tryLogin(room, room.connect(), { ...laptop, automatic: true })).toMatchObject({
      code: answerCodes.kickWar.code,
    });
  });

  it('[KICK-8] ends an account switch without a login, as SWITCH-3 says', async () => {
    const room = makeRoom();
    await fight(room);
    const peer = await room.loggedIn('bob', { instanceId: 'phone', platform: 'ios' });
    expect(await tryLogin(room, peer, phone)).toMatchObject({ code: answerCodes.kickWar.code });
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'bob' })).toEqual([]);
    expect(peer.closedWith).toBeUndefined();
  });

  it('is told to the operator once, with ids only, and again after a quiet time', async () => {
    const room = makeRoom();
    await fight(room);
    for (let i = 0; i < 5; i++) await tryLogin(room, room.connect(), phone);
    expect(wars(room)).toHaveLength(1);
    expect(wars(room)[0]).toMatchObject({
      sdkAppId: 1_400_000_000,
      userId: 'alice',
      ...phone,
      isAutomatic: false,
      rivals: [laptop],
    });
    expect(room.logged.join('')).not.toContain('eJ');
    expect(room.room.counters.refusals.kickWar).toBe(5);
    expect(room.room.wars.begun).toBe(1);

    await room.wait(warQuietMs);
    expect(room.room.wars.usersAt(room.clock.monotonic)).toBe(0);
    await fight(room);
    await tryLogin(room, room.connect(), phone);
    expect(wars(room)).toHaveLength(2);
    expect(room.room.wars.begun).toBe(2);
  });
});

describe('the list of kick wars', () => {
  const user = (n: number) => ({ sdkAppId: 1, userId: `user-${n}` });

  it('counts the users at war, each until it has been quiet', () => {
    const list = new KickWars();
    expect([list.begins(user(1), 0), list.begins(user(2), 10_000)]).toEqual([true, true]);
    expect(list.begins(user(1), 50_000)).toBe(false);
    expect(list.usersAt(50_000)).toBe(2);
    expect(list.usersAt(10_000 + warQuietMs)).toBe(1);
    expect(list.usersAt(50_000 + warQuietMs)).toBe(0);
    expect(list.begins(user(1), 50_000 + warQuietMs)).toBe(true);
    expect(list.begun).toBe(3);
  });

  it('has few lines a minute for the log and a bound on what it remembers, but counts each war', () => {
    const list = new KickWars();
    let lines = 0;
    for (let n = 0; n < 20_000; n++) if (list.begins(user(n), n)) lines++;
    expect(lines).toBe(60);
    expect(list.usersAt(20_000)).toBe(10_000);
    expect(list.begun).toBe(20_000);
    expect(list.begins(user(20_001), warQuietMs)).toBe(true);
  });
});
