import { describe, expect, it } from 'vitest';
import { drain } from '../../gateway/session/drain.ts';
import { settled, TestRoom } from './room.ts';

const door = { stopAccepting: (): void => undefined };

describe('a drain', () => {
  it('[DRAIN-1] tells every client, logged in or not, and closes it with 4000', async () => {
    const room = new TestRoom({ settings: { holdMs: 0 } });
    const peers = [await room.loggedIn('alice'), await room.loggedIn('bob'), room.connect()];
    const hurry = new AbortController().signal;
    await drain(room.room.sessions, door, {
      readinessDelayMs: 0,
      windowMs: 100,
      reconnectSpreadMs: 9000,
      hurry,
    });
    for (const peer of peers) {
      expect(peer.frames.at(-1)?.name).toBe('goingAway');
      expect(peer.closedWith).toBe('goingAway');
    }
    await settled();
    expect(await room.registry.sessions({ sdkAppId: 1_400_000_000, userId: 'alice' })).toEqual([]);
    expect(room.room.sessions.openCount).toBe(0);
  });

  it('[PRESENCE-8] holds the sessions for as long as their clients were told to stay away, and longer', async () => {
    const room = new TestRoom();
    const peers = [await room.loggedIn('alice'), await room.loggedIn('bob')];
    const hurry = new AbortController().signal;
    const plan = { readinessDelayMs: 0, windowMs: 0, reconnectSpreadMs: 9000, hurry };
    await drain(room.room.sessions, door, plan);
    expect(room.room.sessions.openCount).toBe(0);
    expect(room.room.sessions.lostCount).toBe(2);
    const delays = peers.map((peer) => peer.got('goingAway')[0]?.reconnectAfterMs ?? 0);
    const longestMs = room.room.sessions.longestHoldMs(room.clock.monotonicMs());
    expect(longestMs).toBe(Math.max(...delays) + 5000);
    const live = async (userId: string): Promise<number> =>
      (await room.registry.sessions({ sdkAppId: 1_400_000_000, userId })).length;
    await room.wait(Math.max(...delays) + 4000);
    expect([await live('bob'), room.room.sessions.held.count]).toEqual([1, 1]);
    await room.wait(1100);
    expect([await live('alice'), await live('bob')]).toEqual([0, 0]);
    expect(room.room.sessions.longestHoldMs(room.clock.monotonicMs())).toBe(0);
  });

  it('[DRAIN-2] gives each client a delay of its own, spread over the whole time', async () => {
    const room = new TestRoom();
    const peers = Array.from({ length: 100 }, () => room.connect());
    const hurry = new AbortController().signal;
    await drain(room.room.sessions, door, {
      readinessDelayMs: 0,
      windowMs: 0,
      reconnectSpreadMs: 10_000,
      hurry,
    });
    const delays = peers.map((peer) => peer.got('goingAway')[0]?.reconnectAfterMs ?? -1);
    delays.forEach((delay, i) => {
      expect(delay).toBeGreaterThanOrEqual(i * 100);
      expect(delay).toBeLessThanOrEqual((i + 1) * 100);
    });
  });

  it('skips its waits when told to hurry', async () => {
    const room = new TestRoom();
    const peers = Array.from({ length: 20 }, () => room.connect());
    const hurry = new AbortController();
    const done = drain(room.room.sessions, door, {
      readinessDelayMs: 3_600_000,
      windowMs: 3_600_000,
      reconnectSpreadMs: 0,
      hurry: hurry.signal,
    });
    hurry.abort();
    await done;
    expect(peers.every((peer) => peer.closedWith === 'goingAway')).toBe(true);
  });
});
