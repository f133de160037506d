import { describe, expect, it } from 'vitest';
import { answerCodes } from '../../protocol/codes.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import type { LoginOutcome, LoginRequest } from '../../gateway/registry/login.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import { refusalOf } from '../../gateway/session/restriction.ts';
import { appId, settled, TestRoom, type Peer } from './room.ts';

const alice = { sdkAppId: appId, userId: 'alice' };
const codes = {
  banned: answerCodes.userBanned.code,
  invalid: answerCodes.ticketInvalid.code,
  kicked: answerCodes.kickedOffByOther.code,
};

async function answerTo(
  peer: Peer,
  frame: Parameters<Peer['says']>[0],
): Promise<Frame<'failed'> | undefined> {
  const seq = peer.says(frame);
  await settled();
  const reply = peer.reply(seq);
  return reply?.name === 'failed' ? reply : undefined;
}

describe('a revocation', () => {
  it('[REVOKE-2] ends the session with a frame that says REST, and close 4500', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    await room.registry.revoke(alice);
    await settled();
    expect(peer.got('kicked')[0]).toMatchObject({ code: codes.kicked, kickType: 'REST' });
    expect(peer.closedWith).toBe('kicked');
    expect(room.room.sessions.loginCount).toBe(0);
    expect(room.room.counters.kicks.REST).toBe(1);
  });

  it('[REVOKE-3] refuses the ticket with 70052 on a connection that stays, and takes the next', async () => {
    // One instant for the registry: a second that begins meanwhile would make the room's next ticket too old.
    const nowMs = Date.now();
    const room = new TestRoom({ store: new MemoryStore(() => nowMs) });
    const userSig = room.ticket('alice');
    await room.loggedIn('alice', { userSig });
    await room.registry.revoke(alice);
    await settled();
    const peer = room.connect();
    const refusal = await answerTo(peer, room.login('alice', { userSig }));
    expect(refusal).toMatchObject({ code: codes.invalid, retryAfterMs: 0 });
    expect(refusal?.message).toMatch(/before the revocation of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
    expect(room.room.sessions.loginCount).toBe(0);
    // Another life, or it would be the same ticket: it may well be made in the same second.
    const next = room.login('alice', { userSig: room.ticket('alice', 86_401) });
    expect(await answerTo(peer, next)).toBeUndefined();
    expect(peer.got('loggedIn')).toHaveLength(1);
  });

  it('[REVOKE-1] takes a ticket of the same second and life for the one that was used', async () => {
    const room = new TestRoom();
    await room.loggedIn('alice');
    await room.registry.revoke(alice);
    const answer = await answerTo(room.connect(), room.login('alice'));
    expect(answer?.code).toBe(codes.invalid);
  });

  it('[REVOKE-3] tells an instance that comes back by itself 6208 and why', async () => {
    const room = new TestRoom();
    const userSig = room.ticket('alice');
    const peer = await room.loggedIn('alice', { userSig });
    peer.goes(true);
    await room.registry.revoke(alice);
    const back = room.connect();
    const answer = await answerTo(back, room.login('alice', { userSig, automatic: true }));
    expect(answer?.code).toBe(codes.kicked);
    expect(back.got('kicked')[0]).toMatchObject({ kickType: 'REST' });
    expect(back.closedWith).toBe('kicked');
    // An app that lets kicked instances in has a revoked ticket refused all the same.
    const other = new TestRoom({ refuseKickedReturn: false });
    await other.loggedIn('alice', { userSig });
    await other.registry.revoke(alice);
    const login = other.login('alice', { userSig, automatic: true });
    expect((await answerTo(other.connect(), login))?.code).toBe(codes.invalid);
  });

  it('[REVOKE-3] [TICKET-4] closes a connection at the fifth login with a revoked ticket', async () => {
    const room = new TestRoom({ settings: { loginDeadlineMs: 60_000 } });
    const userSig = room.ticket('alice');
    await room.loggedIn('alice', { userSig });
    await room.registry.revoke(alice);
    const peer = room.connect();
    for (let i = 0; i < 4; i++) {
      expect((await answerTo(peer, room.login('alice', { userSig })))?.code).toBe(codes.invalid);
    }
    const last = await answerTo(peer, room.login('alice', { userSig }));
    expect(last?.code).toBe(answerCodes.tooManyFailures.code);
    expect(peer.closedWith).toBe('tooManyFailures');
  });

  it('[REVOKE-3] [SWITCH-3] leaves nobody logged in when the ticket of a switch is revoked', async () => {
    const room = new TestRoom();
    await room.registry.revoke(alice);
    const peer = await room.loggedIn('bob');
    const userSig = room.ticket('alice');
    room.clock.wall -= 2000;
    const old = room.ticket('alice');
    room.clock.wall += 2000;
    expect((await answerTo(peer, room.login('alice', { userSig: old })))?.code).toBe(codes.invalid);
    expect(room.room.sessions.loginCount).toBe(0);
    expect(await answerTo(peer, room.login('alice', { userSig }))).toBeUndefined();
  });

  it('[REVOKE-3] gives a refused login no more time than its connection had', async () => {
    const room = new TestRoom({ settings: { loginDeadlineMs: 5000 } });
    const userSig = room.ticket('alice');
    await room.loggedIn('alice', { userSig });
    await room.registry.revoke(alice);
    const peer = room.connect();
    await room.wait(4000);
    expect((await answerTo(peer, room.login('alice', { userSig })))?.code).toBe(codes.invalid);
    await room.wait(1200);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it.each(['renew', 'login'] as const)(
    '[REVOKE-4] ends a session that gives a revoked ticket with %s',
    async (name) => {
      const room = new TestRoom();
      const old = room.ticket('alice', 100_000);
      await room.loggedIn('alice', { userSig: old });
      await room.registry.revoke(alice);
      const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 200_000) });
      const renewal = { name: 'renew', userSig: old } as const;
      peer.says(name === 'renew' ? renewal : room.login('alice', { userSig: old }));
      await settled();
      expect(peer.got('kicked')[0]).toMatchObject({ kickType: 'REST' });
      expect(peer.closedWith).toBe('kicked');
      expect(await room.registry.sessions(alice)).toEqual([]);
    },
  );

  it('[REVOKE-2] [KICK-5] ends a login whose answer is still on its way', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const wrap = (registry: Registry): Registry => {
      const login = async (request: LoginRequest): Promise<LoginOutcome> => {
        const outcome = await registry.login(request);
        await gate;
        return outcome;
      };
      return new Proxy(registry, {
        get: (target, key) =>
          key === 'login'
            ? login
            : (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind?.(target),
      });
    };
    const room = new TestRoom({ wrap });
    const peer = room.connect();
    const seq = peer.says(room.login('alice'));
    await settled();
    await room.registry.revoke(alice);
    await settled();
    expect(peer.reply(seq)).toMatchObject({ code: codes.kicked });
    expect(peer.closedWith).toBe('kicked');
    release();
    await settled();
    expect(await room.registry.sessions(alice)).toEqual([]);
  });
});

describe('a ban', () => {
  const endsAt = Math.floor(Date.now() / 1000) + 3600;

  it('[BAN-2] ends the session with a frame that says banned, and close 4500', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    await room.registry.ban(alice, endsAt);
    await settled();
    expect(peer.got('kicked')[0]).toMatchObject({ code: codes.kicked, kickType: 'banned' });
    expect(peer.closedWith).toBe('kicked');
    expect(room.room.counters.kicks.banned).toBe(1);
  });

  it('[BAN-1] [BAN-3] refuses logins with 70051 and tells its end, also of an instance that was kicked', async () => {
    const room = new TestRoom();
    await room.loggedIn('alice');
    await room.registry.ban(alice, endsAt);
    const until = new Date(endsAt * 1000).toISOString().replace('.000', '');
    const peer = room.connect();
    for (const automatic of [false, true]) {
      expect(await answerTo(peer, room.login('alice', { automatic }))).toMatchObject({
        code: codes.banned,
        message: `this user is banned until ${until}`,
        retryAfterMs: 0,
      });
    }
    expect(peer.closedWith).toBeUndefined();
    await room.registry.unban(alice);
    expect(await answerTo(peer, room.login('alice'))).toBeUndefined();
    expect(room.room.counters.refusals.userBanned).toBe(2);
  });

  it('[BAN-3] is told only to somebody with a good ticket', async () => {
    const room = new TestRoom();
    await room.registry.ban(alice, Infinity);
    const login = room.login('alice', { userSig: room.ticket('bob') });
    expect((await answerTo(room.connect(), login))?.code).toBe(answerCodes.ticketUserMismatch.code);
  });

  it('[BAN-1] says so when it has no end', () => {
    const { code, message } = refusalOf({ kind: 'banned', endsAt: Infinity });
    expect({ code, message }).toEqual({
      code: 'userBanned',
      message: 'this user is banned until the ban is lifted',
    });
  });
});
