import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PresenceCounters } from '../../gateway/presence/counters.ts';
import { Presence, type PresenceRegistry } from '../../gateway/presence/presence.ts';
import type { PresenceSettings } from '../../gateway/presence/settings.ts';
import { simpleVisibilities, type Visibility } from '../../gateway/presence/visibility.ts';
import type { Watcher } from '../../gateway/presence/watcher.ts';
import type { Status, UserStatus } from '../../gateway/registry/status.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';

const sdkAppId = 1_400_000_000;
const asker = { sdkAppId, userId: 'alice' };

function statusOf(userId: string, version: number, wish: Partial<Status> = {}): UserStatus {
  const user = { sdkAppId, userId };
  const state = version === 0 ? 'offline' : 'online';
  return { user, state, platforms: [], customStatus: `v${version}`, version, ...wish };
}

/** A session that keeps what it is told. */
class Told {
  readonly rounds: (readonly SharedFrame[])[] = [];

  notify(frames: readonly SharedFrame[]): void {
    this.rounds.push(frames);
  }

  get frames(): Frame<'statusChanged'>[] {
    return this.rounds.flat().map(({ frame }) => frame as Frame<'statusChanged'>);
  }

  /** The versions it was told of a user, in order. */
  versions(userId: string): number[] {
    return this.frames.flatMap(({ statuses }) =>
      statuses.filter(([id]) => id === userId).map(([, , , , version]) => version),
    );
  }
}

/** Presence on a registry that answers what the test puts into it. */
function setUp(
  wish: { settings?: Partial<PresenceSettings>; visibility?: Visibility; answers?: boolean } = {},
): {
  readonly presence: Presence;
  readonly counters: PresenceCounters;
  readonly store: Map<string, UserStatus>;
  readonly asked: UserRef[][];
  readonly fault: { error: Error | undefined };
  readonly join: () => { told: Told; watcher: Watcher };
} {
  const store = new Map<string, UserStatus>();
  const asked: UserRef[][] = [];
  const fault: { error: Error | undefined } = { error: undefined };
  const answer = (users: readonly UserRef[]): Promise<readonly UserStatus[]> => {
    asked.push([...users]);
    if (fault.error !== undefined) return Promise.reject(fault.error);
    const known = (user: UserRef) => store.get(user.userId) ?? statusOf(user.userId, 0);
    return Promise.resolve(users.map((user) => ({ ...known(user), user })));
  };
  const registry: PresenceRegistry = {
    watch: answer,
    statuses: answer,
    sessions: () => Promise.resolve([]),
  };
  const counters = new PresenceCounters();
  const settings = {
    usersPerWatch: 100,
    usersPerQuery: 500,
    watchesPerSession: 200,
    maxCalls: 20,
    ...wish.settings,
  };
  const visibility = wish.visibility ?? simpleVisibilities.sameApp;
  const presence = new Presence({ registry, visibility, settings, counters });
  const join = () => {
    const told = new Told();
    return { told, watcher: presence.newWatcher(told) };
  };
  return { presence, counters, store, asked, fault, join };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const users = (...userIds: string[]) => ({ sdkAppId: 0, userIds });

afterEach(() => {
  vi.useRealTimers();
});

describe('a watched user', () => {
  it('[PRESENCE-1] never goes back, in whatever order and however often changes are delivered', async () => {
    const delivery = fc
      .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 })
      .chain((versions) =>
        fc
          .array(fc.constantFrom(...versions), { maxLength: 30 })
          .chain((repeats) =>
            fc.shuffledSubarray([...versions, ...repeats], {
              minLength: versions.length + repeats.length,
            }),
          )
          .chain((order) => fc.tuple(fc.constant(order), fc.array(fc.nat(order.length)))),
      );
    await fc.assert(
      fc.asyncProperty(delivery, async ([order, pauses]) => {
        const { presence, join } = setUp();
        const { told, watcher } = join();
        await presence.watch(watcher, asker, users('bob'));
        for (const [i, version] of order.entries()) {
          presence.told(statusOf('bob', version));
          if (pauses.includes(i)) await turn();
        }
        await turn();
        await turn();
        const seen = told.versions('bob');
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBe(Math.max(...order));
        presence.stop();
      }),
      { numRuns: 200 },
    );
  });

  it('[PRESENCE-12] who changes several times in a turn is told of once, with the last', async () => {
    const { presence, counters, join } = setUp();
    const { told, watcher } = join();
    await presence.watch(watcher, asker, users('bob'));
    for (const version of [1, 2, 3]) presence.told(statusOf('bob', version));
    await turn();
    expect(told.versions('bob')).toEqual([3]);
    expect(counters).toMatchObject({ told: 4, coalesced: 2, notifications: 1, stale: 0 });
  });

  it('is one frame for all watchers, and many users are one round for each', async () => {
    const { presence, join } = setUp();
    const [a, b] = [join(), join()];
    await presence.watch(a.watcher, asker, users('bob', 'carol'));
    await presence.watch(b.watcher, asker, users('carol', 'dave'));
    presence.told(statusOf('carol', 1));
    await turn();
    expect(a.told.rounds[0]?.[0]).toBe(b.told.rounds[0]?.[0]);
    for (const userId of ['bob', 'carol', 'dave']) presence.told(statusOf(userId, 2));
    await turn();
    expect([a.told.rounds.length, b.told.rounds.length]).toEqual([2, 2]);
    expect(a.told.frames.map(({ statuses }) => statuses[0]?.[0])).toEqual([
      'carol',
      'bob',
      'carol',
    ]);
    expect(a.told.rounds[1]?.[1]).toBe(b.told.rounds[1]?.[0]);
  });

  it('with very many watchers does not hold up the loop, and loses none of them', async () => {
    const { presence, join } = setUp();
    const all = Array.from({ length: 2000 }, join);
    for (const { watcher } of all) await presence.watch(watcher, asker, users('bob'));
    const informed = () => all.filter(({ told }) => told.rounds.length > 0).length;
    presence.told(statusOf('bob', 1));
    await turn();
    expect(informed()).toBeLessThan(2000);
    // A change in the middle of a round waits for the next one.
    presence.told(statusOf('bob', 2));
    presence.told(statusOf('bob', 3));
    await vi.waitFor(() => {
      for (const { told } of all) expect(told.versions('bob').at(-1)).toBe(3);
    });
    for (const { told } of all) expect(told.versions('bob')).toEqual([1, 3]);
  });

  it('of whom the registry suddenly knows nothing is asked for again before that is believed', async () => {
    const { presence, counters, store, asked, join } = setUp();
    const { told, watcher } = join();
    store.set('bob', statusOf('bob', 7));
    store.set('carol', statusOf('carol', 7));
    await presence.watch(watcher, asker, users('bob', 'carol'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    // Redis has been emptied; bob's node puts him back, carol has gone with hers.
    presence.told(statusOf('bob', 0));
    presence.told(statusOf('carol', 0));
    presence.told(statusOf('carol', 0));
    store.set('bob', statusOf('bob', 8));
    store.delete('carol');
    vi.advanceTimersByTime(3900);
    await turn();
    expect(told.frames).toEqual([]);
    expect(counters.doubted).toBe(3);
    vi.advanceTimersByTime(200);
    await turn();
    await turn();
    expect(asked.at(-1)?.map(({ userId }) => userId)).toEqual(['bob', 'carol']);
    expect(told.versions('bob')).toEqual([8]);
    expect(told.versions('carol')).toEqual([0]);
  });

  it('is not doubted any more when the registry has told a newer status, and is asked for until it answers', async () => {
    const { presence, store, asked, fault, join } = setUp();
    const { told, watcher } = join();
    for (const userId of ['bob', 'carol']) store.set(userId, statusOf(userId, 7));
    await presence.watch(watcher, asker, users('bob', 'carol'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    presence.told(statusOf('bob', 0));
    presence.told(statusOf('carol', 0));
    presence.told(statusOf('bob', 9));
    await turn();
    fault.error = new Error('away');
    vi.advanceTimersByTime(4100);
    await turn();
    expect(asked.at(-1)?.map(({ userId }) => userId)).toEqual(['carol']);
    fault.error = undefined;
    store.delete('carol');
    vi.advanceTimersByTime(4100);
    await turn();
    await turn();
    expect(told.versions('carol')).toEqual([0]);
    expect(told.versions('bob')).toEqual([9]);
  });
});

describe('the watches of a session', () => {
  it('[PRESENCE-4] are so many and no more: the oldest go and are named, and watching again makes newest', async () => {
    const { presence, join } = setUp({ settings: { watchesPerSession: 3 } });
    const { watcher } = join();
    await presence.watch(watcher, asker, users('u1', 'u2', 'u3'));
    const again = await presence.watch(watcher, asker, users('u1'));
    expect(again.dropped).toEqual([]);
    const more = await presence.watch(watcher, asker, users('u4', 'u5'));
    expect(more.dropped).toEqual([
      ['u2', sdkAppId],
      ['u3', sdkAppId],
    ]);
    expect([...watcher.users].map(({ userId }) => userId)).toEqual(['u1', 'u4', 'u5']);
    const tooMany = await presence.watch(watcher, asker, users('v1', 'v2', 'v3', 'v4'));
    expect(tooMany.dropped.map(([userId]) => userId)).toEqual(['u1', 'u4', 'u5', 'v1']);
    expect(tooMany.statuses.map(([userId]) => userId)).toEqual(['v2', 'v3', 'v4']);
    expect(presence.watchCount).toBe(3);
  });

  it('cost the registry one question for each user, however many watch', async () => {
    const { presence, asked, join } = setUp();
    for (let i = 0; i < 5; i += 1) {
      const answer = await presence.watch(join().watcher, asker, users('bob', 'bob', 'carol'));
      expect(answer.statuses).toHaveLength(2);
    }
    expect(asked.map((list) => list.length)).toEqual([2]);
    expect([presence.watched.count, presence.watchCount]).toEqual([2, 10]);
  });

  it('leave nothing behind when they end', async () => {
    const { presence, join } = setUp();
    const [a, b] = [join(), join()];
    await presence.watch(a.watcher, asker, users('bob', 'carol'));
    await presence.watch(b.watcher, asker, users('bob'));
    expect(presence.unwatch(a.watcher, asker, users('carol', 'nobody'))).toBe(1);
    expect(presence.watched.has({ sdkAppId, userId: 'carol' })).toBe(false);
    presence.release(b.watcher);
    presence.told(statusOf('bob', 1));
    await turn();
    expect(b.told.frames).toEqual([]);
    expect(a.told.versions('bob')).toEqual([1]);
    expect(presence.unwatch(a.watcher, asker, users())).toBe(0);
    expect([presence.watched.count, presence.watchCount]).toEqual([0, 0]);
    expect([...presence.watched.all()]).toEqual([]);
  });

  it('are not made for a session that ended while the back end was asked', async () => {
    let decide: (() => void) | undefined;
    const visibility: Visibility = {
      isOff: false,
      decide: () => new Promise((resolve) => (decide = () => resolve(['visible']))),
    };
    const { presence, join } = setUp({ visibility });
    const { watcher } = join();
    const answered = presence.watch(watcher, asker, users('bob'));
    presence.release(watcher);
    decide?.();
    expect((await answered).statuses).toEqual([]);
    expect(presence.watched.count).toBe(0);
  });

  it('[PRESENCE-6] are refused one by one, and those the registry does not tell of end again', async () => {
    const { presence, fault, join } = setUp();
    const { watcher } = join();
    await presence.watch(watcher, asker, users('bob'));
    fault.error = new Error('away');
    const answer = await presence.watch(watcher, asker, users('alice', 'carol', 'bob'));
    expect(answer.refused).toEqual([
      ['alice', 6017],
      ['carol', 70169],
    ]);
    expect(answer.statuses.map(([userId]) => userId)).toEqual(['bob']);
    expect(presence.watched.has({ sdkAppId, userId: 'carol' })).toBe(false);
    const queried = await presence.query(asker, users('alice', 'bob', 'carol'), false);
    expect(queried.statuses.map(([userId]) => userId)).toEqual(['bob']);
    expect(queried.refused).toEqual([
      ['carol', 70169],
      ['alice', 70169],
    ]);
  });

  it('[PRESENCE-7] go by who may see whom', async () => {
    const other = { sdkAppId: 7, userIds: ['bob'] };
    const sameApp = setUp();
    const refused = await sameApp.presence.watch(sameApp.join().watcher, asker, other);
    expect(refused.refused).toEqual([['bob', 6011]]);
    const everyone = setUp({ visibility: simpleVisibilities.everyone });
    const { told, watcher } = everyone.join();
    expect((await everyone.presence.watch(watcher, asker, other)).statuses).toHaveLength(1);
    everyone.presence.told({ ...statusOf('bob', 1), user: { sdkAppId: 7, userId: 'bob' } });
    await turn();
    expect(told.frames).toMatchObject([
      { sdkAppId: 7, statuses: [['bob', 'online', [], 'v1', 1]] },
    ]);
    const unsure = setUp({ visibility: { isOff: false, decide: () => ['unknown', 'visible'] } });
    const answer = await unsure.presence.query(asker, users('bob', 'carol', 'alice'), false);
    expect(answer.refused).toEqual([['bob', 80003]]);
    expect(answer.statuses.map(([userId]) => userId)).toEqual(['carol', 'alice']);
  });
});

describe('the calls of a session', () => {
  it('[PRESENCE-5] are so many in 5 s, and come back evenly', () => {
    const { watcher } = setUp().join();
    for (let i = 0; i < 20; i += 1) expect(watcher.takeCall(1000)).toBe(0);
    expect(watcher.takeCall(1000)).toBe(250);
    expect(watcher.takeCall(1249)).toBe(1);
    expect(watcher.takeCall(1250)).toBe(0);
    expect(watcher.takeCall(1250)).toBe(250);
    for (let i = 0; i < 20; i += 1) expect(watcher.takeCall(100_000)).toBe(0);
    expect(watcher.takeCall(100_000)).toBe(250);
  });
});
