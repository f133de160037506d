import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PresenceCounters } from '../../gateway/presence/counters.ts';
import { Presence } from '../../gateway/presence/presence.ts';
import { simpleVisibilities } from '../../gateway/presence/visibility.ts';
import type { UserStatus } from '../../gateway/registry/status.ts';
import type { UserRef } from '../../gateway/registry/user.ts';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A name as it comes out of a decoder: a text of its own. */
function name(i: number): string {
  return Buffer.from(`user-${i.toString(36).padStart(8, '0')}`).toString();
}

/** Bytes for each watch when 200 sessions watch so many users each. */
async function bytesPerWatch(usersEach: number, userOf: (session: number, n: number) => number) {
  let version = 1_795_408_200_000;
  const answer = (users: readonly UserRef[]): Promise<readonly UserStatus[]> =>
    Promise.resolve(
      users.map((user) => {
        version += 1;
        return { user, state: 'online', platforms: ['web'], customStatus: '', version };
      }),
    );
  const presence = new Presence({
    registry: { watch: answer, statuses: answer, sessions: () => Promise.resolve([]) },
    visibility: simpleVisibilities.sameApp,
    settings: { usersPerWatch: 100, usersPerQuery: 500, watchesPerSession: 5000, maxCalls: 20 },
    counters: new PresenceCounters(),
  });
  const watchers = Array.from({ length: 200 }, () => presence.newWatcher({ notify: () => {} }));
  const before = usedBytes();
  const asker = { sdkAppId: 1, userId: 'asker' };
  for (const [session, watcher] of watchers.entries()) {
    for (let n = 0; n < usersEach; n += 100) {
      const userIds = Array.from({ length: 100 }, (_, i) => name(userOf(session, n + i)));
      await presence.watch(watcher, asker, { sdkAppId: 0, userIds });
    }
  }
  const bytes = (usedBytes() - before) / presence.watchCount;
  expect(presence.watchCount).toBe(200 * usersEach);
  return bytes;
}

describe('the memory of a watch', () => {
  it('is at most 200 bytes with 200 watchers of 5,000 users', async () => {
    expect(await bytesPerWatch(5000, (_, n) => n)).toBeLessThan(200);
    expect(await bytesPerWatch(200, (session, n) => (session * 37 + n * 25) % 5000)).toBeLessThan(
      200,
    );
  });

  it('is that of a user more when nobody else watches her', async () => {
    expect(await bytesPerWatch(200, (session, n) => session * 200 + n)).toBeLessThan(320);
  });
});
