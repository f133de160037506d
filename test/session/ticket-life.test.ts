import { describe, expect, it } from 'vitest';
import { answerCodes } from '../../protocol/codes.ts';
import { settled, TestRoom } from './room.ts';

describe('the life of a ticket', () => {
  it('[TICKET-5] is warned of once, before its end', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 3600) });
    const { ticketEndsAt } = peer.got('loggedIn')[0] as { ticketEndsAt: number };
    await room.wait((3600 - 300) * 1000 - 1500);
    expect(peer.got('ticketExpiring')).toEqual([]);
    await room.wait(2500);
    const [warning] = peer.got('ticketExpiring');
    expect(warning).toMatchObject({ seq: 0, ticketEndsAt });
    expect(warning?.leftMs).toBeGreaterThan(298_000);
    expect(warning?.leftMs).toBeLessThanOrEqual(300_000);
    await room.wait(290_000);
    expect(peer.got('ticketExpiring')).toHaveLength(1);
    expect(peer.got('ticketExpired')).toEqual([]);
  });

  it('[TICKET-5] is not warned of before half of a short one is over, so that renewals make no storm', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 60) });
    await room.wait(27_000);
    expect(peer.got('ticketExpiring')).toEqual([]);
    await room.wait(4000);
    expect(peer.got('ticketExpiring')).toHaveLength(1);
    peer.says({ name: 'renew', userSig: room.ticket('alice', 60) });
    await room.wait(25_000);
    expect(peer.got('ticketExpiring')).toHaveLength(1);
  });

  it('[TICKET-6] ends with a frame within a second, also while the registry is away', async () => {
    const room = new TestRoom({
      wrap: (registry) =>
        new Proxy(registry, {
          get: (target, key) =>
            key === 'logout' || key === 'renew'
              ? () => Promise.resolve('unavailable')
              : (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind?.(target),
        }),
    });
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 20) });
    const { ticketEndsAt } = peer.got('loggedIn')[0] as { ticketEndsAt: number };
    while (peer.got('ticketExpired').length === 0) await room.wait(100);
    const lateMs = room.clock.wall - ticketEndsAt * 1000;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(1000);
    expect(peer.got('ticketExpired')[0]).toMatchObject({ code: 6206, graceMs: 60_000 });
  });

  it('[TICKET-7] that has ended closes with 4502 after the grace time', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 20) });
    await room.wait(21_000);
    expect(peer.got('ticketExpired')).toHaveLength(1);
    await room.wait(58_000);
    expect(peer.closedWith).toBeUndefined();
    await room.wait(2500);
    expect(peer.closedWith).toBe('ticketExpired');
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(room.room.counters.ticketExpiries).toBe(1);
  });

  it('[RENEW-1] is begun anew by a renewal on the same session', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 600) });
    const [before] = await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' });
    await room.wait(400_000);
    const seq = peer.says({ name: 'renew', userSig: room.ticket('alice', 3600) });
    const endsAt = Math.floor(room.clock.wall / 1000) + 3600;
    expect(peer.reply(seq)).toMatchObject({ name: 'renewed', ticketEndsAt: endsAt });
    await settled();
    const [after] = await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' });
    expect(after).toEqual({ ...before, ticketEndsAt: endsAt });
    await room.wait(1_000_000);
    expect(peer.got('ticketExpired')).toEqual([]);
  });

  it('[RENEW-2] is begun anew in the grace time, by a renewal or a login', async () => {
    const room = new TestRoom();
    const renewing = await room.loggedIn('alice', { userSig: room.ticket('alice', 20) });
    const repeating = await room.loggedIn('bob', { userSig: room.ticket('bob', 20) });
    await room.wait(50_000);
    const renewal = renewing.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(renewing.reply(renewal)?.name).toBe('renewed');
    const login = repeating.says(room.login('bob'));
    expect(repeating.reply(login)).toMatchObject({ name: 'loggedIn', repeatLogin: true });
    await room.wait(100_000);
    expect([renewing.closedWith, repeating.closedWith]).toEqual([undefined, undefined]);
  });

  it('[RENEW-3, TICKET-4] survives any number of refused renewals', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice');
    for (let i = 0; i < 20; i++) peer.says({ name: 'renew', userSig: 'rubbish' });
    expect(peer.closedWith).toBeUndefined();
    const seq = peer.says({ name: 'renew', userSig: room.ticket('alice') });
    expect(peer.reply(seq)?.name).toBe('renewed');
  });

  it('[RENEW-3] is unchanged by a refused renewal', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 100) });
    const old = room.ticket('alice', 10);
    await room.wait(15_000);
    const refusals = [room.ticket('bob'), 'rubbish', old].map((userSig) => {
      const reply = peer.reply(peer.says({ name: 'renew', userSig }));
      return reply?.name === 'failed' ? reply.code : reply;
    });
    expect(refusals).toEqual([
      answerCodes.ticketUserMismatch.code,
      answerCodes.ticketMalformed.code,
      answerCodes.ticketExpired.code,
    ]);
    await room.wait(80_000);
    expect(peer.got('ticketExpired')).toEqual([]);
    await room.wait(6000);
    expect(peer.got('ticketExpired')).toHaveLength(1);
  });

  it('[TICKET-8] is reckoned anew when the wall clock creeps away in small steps', async () => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 3600) });
    await room.wait(3_400_000);
    expect(peer.got('ticketExpiring')).toHaveLength(1);
    for (let i = 0; i < 50; i++) {
      room.clock.wall += 400;
      await room.wait(100);
    }
    const { ticketEndsAt } = peer.got('loggedIn')[0] as { ticketEndsAt: number };
    while (peer.got('ticketExpired').length === 0) await room.wait(1000);
    expect(room.clock.wall - ticketEndsAt * 1000).toBeLessThan(2000);
  });

  it.each([
    ['forward', 3_000_000],
    ['back', -3_000_000],
  ])('[TICKET-8] is reckoned anew when the wall clock is stepped %s', async (_way, stepMs) => {
    const room = new TestRoom();
    const peer = await room.loggedIn('alice', { userSig: room.ticket('alice', 3600) });
    await room.wait(1000);
    room.clock.wall += stepMs;
    const leftMs = 3_599_000 - stepMs;
    await room.wait(leftMs - 2000);
    expect(peer.got('ticketExpired')).toEqual([]);
    await room.wait(4000);
    expect(peer.got('ticketExpired')).toHaveLength(1);
  });
});
