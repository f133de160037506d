import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import type { LoginOutcome } from '../../gateway/registry/login.ts';
import { answerCodes } from '../../protocol/codes.ts';
import { HandClock, settled, TestRoom, type Peer } from './room.ts';

/** A registry whose answers to logins wait until they are let go. */
function withHeldLogins(): {
  readonly wrap: (registry: Registry) => Registry;
  readonly release: () => Promise<void>;
  readonly answer: (outcome: LoginOutcome) => Promise<void>;
} {
  const held: { go: () => void; replace: (outcome: LoginOutcome) => void }[] = [];
  const wrap = (registry: Registry): Registry => {
    const login: Registry['login'] = async (request) => {
      const outcome = await registry.login(request);
      return new Promise((resolve) => held.push({ go: () => resolve(outcome), replace: resolve }));
    };
    return new Proxy(registry, {
      get: (target, key) =>
        key === 'login'
          ? login
          : (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind?.(target),
    });
  };
  const release = async (): Promise<void> => {
    held.shift()?.go();
    await settled();
  };
  const answer = async (outcome: LoginOutcome): Promise<void> => {
    held.shift()?.replace(outcome);
    await settled();
  };
  return { wrap, release, answer };
}

function codeOf(peer: Peer, seq: number): number | undefined {
  const reply = peer.reply(seq);
  return reply?.name === 'failed' ? reply.code : undefined;
}

describe('a login', () => {
  it('[LOGIN-1] signs up and logs in a user nobody has seen before', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('newcomer');
    expect(peer.isAdmitted).toBe(true);
    const [record] = await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'newcomer' });
    expect(record).toMatchObject({ instanceId: 'newcomer-laptop', platform: 'web' });
    expect(peer.got('loggedIn')[0]).toMatchObject({
      sessionId: record?.sessionId,
      repeatLogin: false,
    });
  });

  it('[LOGIN-2] is acknowledged when the registry has it, not before', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    expect(peer.frames).toEqual([]);
    await held.release();
    expect(peer.got('loggedIn')).toHaveLength(1);
  });

  it('[LOGIN-3] goes on when a second one arrives, which gets 7501', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    const first = peer.says(room.login('alice'));
    const second = peer.says(room.login('alice'));
    expect(codeOf(peer, second)).toBe(answerCodes.loginInProcess.code);
    await settled();
    await held.release();
    expect(peer.reply(first)?.name).toBe('loggedIn');
  });

  it('[LOGIN-4] of the same user and instance keeps the session and takes the ticket', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const [before] = peer.got('loggedIn');
    await room.wait(10_000);
    const seq = peer.says(room.login('alice', { userSig: room.ticket('alice', 200_000) }));
    expect(peer.reply(seq)).toMatchObject({
      name: 'loggedIn',
      repeatLogin: true,
      sessionId: before?.sessionId,
      ticketEndsAt: Math.floor(room.clock.wall / 1000) + 200_000,
    });
    await settled();
    const records = await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' });
    expect(records).toHaveLength(1);
    expect(room.room.counters.repeatLogins).toBe(1);
  });

  it('[LOGIN-6] of the same instance elsewhere closes the older connection with 4501 and no frame', async () => {
    const store = new MemoryStore();
    const [here, there] = [new TestRoom({ store }), new TestRoom({ store })];
    const old = await here.loggedIn('alice');
    await there.loggedIn('alice');
    await settled();
    expect(old.closedWith).toBe('replaced');
    expect(old.got('kicked')).toEqual([]);
    expect(await here.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toHaveLength(
      1,
    );
  });

  it('[LOGIN-7] must come before logout and renewal', () => {
    const room = new TestRoom();
    const peer = room.connect();
    expect(codeOf(peer, peer.says({ name: 'logout' }))).toBe(answerCodes.notLoggedIn.code);
    const renewal = peer.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(codeOf(peer, renewal)).toBe(answerCodes.notLoggedIn.code);
    expect(peer.closedWith).toBeUndefined();
  });

  it('[LOGIN-8] that the registry cannot take gets 70169, a delay and a new deadline', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    await room.wait(4000);
    const seq = peer.says(room.login('alice'));
    await settled();
    await held.answer({ kind: 'unavailable', reason: 'Redis is away', retryAfterMs: 777 });
    expect(peer.reply(seq)).toMatchObject({
      name: 'failed',
      code: answerCodes.registryUnavailable.code,
      retryAfterMs: 777,
    });
    await room.wait(4000);
    expect(peer.closedWith).toBeUndefined();
    await room.wait(1200);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[CONN-9] is not what a ping is: it is answered at once and moves no deadline', async () => {
    const room = new TestRoom();
    const peer = room.connect();
    await room.wait(4000);
    const seq = peer.says({ name: 'ping' });
    expect(peer.reply(seq)).toEqual({ name: 'pong', seq });
    await room.wait(1500);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[CONN-4] must come within the deadline, which refused ones do not move', async () => {
    const room = new TestRoom();
    const peer = room.connect();
    for (let i = 0; i < 4; i++) {
      await room.wait(1200);
      peer.says(room.login('alice', { userSig: 'rubbish' }));
    }
    expect(peer.closedWith).toBeUndefined();
    await room.wait(400);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[TICKET-4] with a bad ticket leaves the connection open; the fifth in a row gets 70050 and closes it', async () => {
    const room = new TestRoom({ settings: { loginDeadlineMs: 60_000 } });
    const peer = room.connect();
    for (let i = 0; i < 4; i++) {
      expect(codeOf(peer, peer.says(room.login('alice', { userSig: 'rubbish' })))).toBe(
        answerCodes.ticketMalformed.code,
      );
    }
    expect(peer.closedWith).toBeUndefined();
    expect(codeOf(peer, peer.says(room.login('alice', { userSig: 'rubbish' })))).toBe(
      answerCodes.tooManyFailures.code,
    );
    expect(peer.closedWith).toBe('tooManyFailures');
    const patient = room.connect();
    for (let i = 0; i < 4; i++) patient.says(room.login('bob', { userSig: 'rubbish' }));
    patient.says(room.login('bob'));
    await settled();
    patient.says(room.login('bob', { userSig: 'rubbish' }));
    expect(patient.closedWith, 'a good ticket ends the row').toBeUndefined();
  });

  it('[KICK-5] whose session is kicked before its answer comes gets 6208, the reason and the close', async () => {
    const held = withHeldLogins();
    const store = new MemoryStore();
    const room = new TestRoom({ store, wrap: held.wrap });
    const peer = room.connect();
    const seq = peer.says(room.login('alice'));
    await settled();
    await room.registry.kick({ sdkAppId: 1_400_000_000, userId: 'alice' }, 'all', 'REST');
    await settled();
    expect(codeOf(peer, seq)).toBe(answerCodes.kickedOffByOther.code);
    expect(peer.got('kicked')[0]).toMatchObject({ kickType: 'REST', byPlatform: '' });
    expect(peer.closedWith).toBe('kicked');
    await held.release();
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(room.room.sessions.loginCount).toBe(0);
  });

  it('leaves nothing behind when the socket goes before the answer comes', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    peer.goes(true);
    await held.release();
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(room.room.sessions.openCount).toBe(0);
    expect(room.room.sessions.loginCount).toBe(0);
    expect(peer.frames).toEqual([]);
  });

  it('closes the connection when the registry fails in a way it must not', async () => {
    const wrap = (registry: Registry): Registry =>
      new Proxy(registry, {
        get: (target, key) =>
          key === 'login'
            ? () => Promise.reject(new Error('a bug'))
            : (Reflect.get(target, key) as unknown),
      });
    const room = new TestRoom({ wrap });
    const peer = room.connect();
    const seq = peer.says(room.login('alice'));
    await settled();
    expect(codeOf(peer, seq)).toBe(answerCodes.internalError.code);
    expect(peer.closedWith).toBe('internalError');
    expect(room.logged.join()).toContain('a bug');
  });

  it('writes no ticket into the log at any level', async () => {
    const room = new TestRoom();
    const userSig = room.ticket('alice');
    await room.loggedIn('alice', { userSig });
    expect(room.logged.join()).toContain('alice-laptop');
    expect(room.logged.join()).not.toContain(userSig);
  });
});

describe('an account switch', () => {
  it('[SWITCH-1] logs the first session out, then the second in', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const seq = peer.says(room.login('bob'));
    await settled();
    expect(peer.reply(seq)).toMatchObject({ name: 'loggedIn', repeatLogin: false });
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'bob' })).toHaveLength(
      1,
    );
    expect(peer.got('kicked')).toEqual([]);
    expect(room.room.counters.sessions.web).toBe(1);
  });

  it('[SWITCH-1] takes another instance of the same user for another session', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const seq = peer.says(room.login('alice', { instanceId: 'alice-desktop' }));
    await settled();
    expect(peer.reply(seq)).toMatchObject({ name: 'loggedIn', repeatLogin: false });
    const records = await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' });
    expect(records.map(({ instanceId }) => instanceId)).toEqual(['alice-desktop']);
  });

  it('[SWITCH-2] leaves the first session alone when the second ticket is refused', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const seq = peer.says(room.login('bob', { userSig: room.ticket('carol') }));
    await settled();
    expect(codeOf(peer, seq)).toBe(answerCodes.ticketUserMismatch.code);
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toHaveLength(
      1,
    );
    const renewal = peer.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(peer.reply(renewal)?.name).toBe('renewed');
  });

  it('[SWITCH-3] leaves nobody logged in when the registry fails the second login', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    peer.says(room.login('alice'));
    await settled();
    await held.release();
    const seq = peer.says(room.login('bob'));
    await settled();
    await held.answer({ kind: 'unavailable', reason: 'away', retryAfterMs: 500 });
    expect(codeOf(peer, seq)).toBe(answerCodes.registryUnavailable.code);
    expect(codeOf(peer, peer.says({ name: 'logout' }))).toBe(answerCodes.notLoggedIn.code);
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
  });
});

describe('a logout', () => {
  it('[LOGOUT-1] removes the session from the registry before it is answered', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const seq = peer.says({ name: 'logout' });
    await settled();
    expect(peer.reply(seq)?.name).toBe('loggedOut');
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
  });

  it('[LOGOUT-2] leaves a connection that may log in again, within a new deadline', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    await room.wait(60_000);
    peer.says({ name: 'logout' });
    await settled();
    await room.wait(4000);
    const again = peer.says(room.login('bob'));
    await settled();
    expect(peer.reply(again)?.name).toBe('loggedIn');
    peer.says({ name: 'logout' });
    await settled();
    await room.wait(5200);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[LOGOUT-3] while the login runs abandons it with 6023 and leaves nothing registered', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    const login = peer.says(room.login('alice'));
    await settled();
    const logout = peer.says({ name: 'logout' });
    expect(codeOf(peer, login)).toBe(answerCodes.loggedOutBeforeLoginFinished.code);
    expect(peer.reply(logout)?.name).toBe('loggedOut');
    await held.release();
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(peer.got('loggedIn')).toEqual([]);
    const again = peer.says(room.login('alice'));
    await settled();
    await held.release();
    expect(peer.reply(again)?.name).toBe('loggedIn');
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toHaveLength(
      1,
    );
  });

  it('[CONN-4] that abandons a login does not move the login deadline', async () => {
    const held = withHeldLogins();
    const room = new TestRoom({ wrap: held.wrap });
    const peer = room.connect();
    for (let i = 0; i < 4; i++) {
      await room.wait(1200);
      peer.says(room.login('alice'));
      peer.says({ name: 'logout' });
      await settled();
      await held.release();
    }
    expect(peer.closedWith).toBeUndefined();
    await room.wait(500);
    expect(peer.closedWith).toBe('loginTimeout');
  });

  it('[LOGOUT-4] refuses logins and logouts with 7502 while it runs', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    const first = peer.says({ name: 'logout' });
    expect(codeOf(peer, peer.says({ name: 'logout' }))).toBe(answerCodes.logoutInProcess.code);
    expect(codeOf(peer, peer.says(room.login('bob')))).toBe(answerCodes.logoutInProcess.code);
    await settled();
    expect(peer.reply(first)?.name).toBe('loggedOut');
  });
});

describe('a kick', () => {
  it('[KICK-1, KICK-2] tells why and who before it closes with 4500', async () => {
    const store = new MemoryStore();
    const clock = new HandClock();
    const [here, there] = [
      new TestRoom({ store, clock, policy: 'single' }),
      new TestRoom({ store, clock, policy: 'single' }),
    ];
    const old = await here.loggedIn('alice', { platform: 'ios', instanceId: 'phone' });
    await there.loggedIn('alice', { platform: 'windows', instanceId: 'desk' });
    await settled();
    expect(old.frames.at(-1)).toMatchObject({
      name: 'kicked',
      seq: 0,
      code: 6208,
      kickType: 'multipleDevice',
      byPlatform: 'windows',
      byInstanceId: 'desk',
    });
    expect(old.closedWith).toBe('kicked');
    expect(here.room.counters.kicks.multipleDevice).toBe(1);
    expect(here.room.counters.sessions.ios).toBe(0);
  });

  it('[KICK-2] between two web pages is called multipleAccount', async () => {
    const room = new TestRoom();
    const first = await room.loggedIn('alice', { instanceId: 'page-1' });
    await room.loggedIn('alice', { instanceId: 'page-2' });
    await settled();
    expect(first.got('kicked')[0]).toMatchObject({
      kickType: 'multipleAccount',
      byPlatform: 'web',
      byInstanceId: 'page-2',
    });
  });

  it('[KICK-3] that comes late cannot end a later session of the same instance', async () => {
    const room = new TestRoom();
    const first = await room.loggedIn('alice');
    const { sessionId } = first.got('loggedIn')[0] as { sessionId: string };
    first.goes(true);
    const second = await room.loggedIn('alice');
    room.room.sessions.kicked({ sessionId, type: 'REST', byPlatform: '', byInstanceId: '', at: 0 });
    expect(second.closedWith).toBeUndefined();
    expect(second.got('kicked')).toEqual([]);
  });

  it('[KICK-6, KICK-7] refuses an instance that comes back by itself, and lets the user come back', async () => {
    const room = new TestRoom();
    await room.loggedIn('alice', { instanceId: 'page-1' });
    await room.loggedIn('alice', { instanceId: 'page-2' });
    await settled();
    const returning = room.connect();
    const seq = returning.says(room.login('alice', { instanceId: 'page-1', automatic: true }));
    await settled();
    expect(returning.frames.map(({ name }) => name)).toEqual(['failed', 'kicked']);
    expect(codeOf(returning, seq)).toBe(6208);
    expect(returning.got('kicked')[0]).toMatchObject({
      kickType: 'multipleAccount',
      byInstanceId: 'page-2',
    });
    expect(returning.closedWith).toBe('kicked');
    expect(room.room.counters.kicks.multipleAccount, 'a refused return is no kick').toBe(1);
    const asked = await room.loggedIn('alice', { instanceId: 'page-1', automatic: false });
    asked.goes(true);
    await settled();
    await room.loggedIn('alice', { instanceId: 'page-1', automatic: true });
  });

  it('[KICK-6] lets it in where the app is set so', async () => {
    const room = new TestRoom({ refuseKickedReturn: false });
    await room.loggedIn('alice', { instanceId: 'page-1' });
    await room.loggedIn('alice', { instanceId: 'page-2' });
    await settled();
    await room.loggedIn('alice', { instanceId: 'page-1', automatic: true });
  });

  it('[CLOSE-2] leaves nothing that later frames could reach', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { instanceId: 'page-1' });
    await room.loggedIn('alice', { instanceId: 'page-2' });
    await settled();
    const before = peer.frames.length;
    peer.says({ name: 'renew', userSig: room.ticket('alice') });
    peer.says({ name: 'logout' });
    peer.says(room.login('alice', { instanceId: 'page-1' }));
    await settled();
    expect(peer.frames).toHaveLength(before);
    expect(room.room.sessions.openCount).toBe(1);
  });
});

describe('a slow reader', () => {
  it('[CONN-7] loses its connection with 4002 rather than a frame', async () => {
    const room = new TestRoom({ settings: { holdMs: 0 } });
    const peer = await room.loggedIn('alice');
    peer.outcome = 'dropped';
    peer.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(peer.closedWith).toBe('slowConsumer');
    await settled();
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
  });
});
