import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classOf, dayMs, dayOf } from '../../gateway/registry/activity.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { retention } from '../../gateway/registry/retention.ts';
import { freshUser, hold, loginOf, register, type FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const keys = new Keys('gatehouse', 16);

describe('days of activity in Redis', () => {
  const fleet = new RedisFleet();
  let a: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    a = await fleet.node();
  });
  afterAll(() => fleet.stop());

  const partition = (user: UserRef): number => keys.partitionOf(memberOf(user));
  const accountsOf = (user: UserRef): string => keys.accounts(partition(user), user.sdkAppId);
  const activityOf = (user: UserRef): string => keys.activity(partition(user), user.sdkAppId);
  /** The last day of a user, set as if the login had been then. */
  const wasActive = (user: UserRef, day: number): Promise<unknown> =>
    fleet.server.call('HSET', accountsOf(user), user.userId, day);
  /** A day that is over, by the clock of Redis. */
  async function today(): Promise<number> {
    const [seconds] = (await fleet.server.call('TIME')) as string[];
    return dayOf(Number(seconds) * 1000);
  }

  it('have the months of the calendar', async () => {
    const head = readFileSync('gateway/registry/redis/scripts/activity.lua', 'utf8');
    const lua = `${head} local month, same = month_of, {}
      for day = ARGV[1], ARGV[2] do same[#same + 1] = month(day) == month(day + 1) and 1 or 0 end
      return same`;
    const [first, last] = [dayOf(Date.UTC(1970, 0, 1)), dayOf(Date.UTC(2104, 5, 1))];
    const same = (await fleet.server.call('EVAL', lua, 0, first, last)) as number[];
    expect(same).toHaveLength(last - first + 1);
    const wrong = same.filter((isSame, i) => {
      const [one, next] = [first + i, first + i + 1].map((day) => new Date(day * dayMs));
      return isSame !== Number(one?.getUTCMonth() === next?.getUTCMonth());
    });
    expect(wrong).toEqual([]);
  });

  it('sort a user by the last day that is known', async () => {
    for (const back of [0, 1, 15, 32, 400]) {
      const user = { ...freshUser(), sdkAppId: 1_400_000_200 + back };
      const day = await today();
      await wasActive(user, day - back);
      await register(a, loginOf(user));
      if ((await today()) !== day) return;
      const { days } = await a.registry.accounts.activity(user.sdkAppId);
      const expected = { joined: 0, returned: 0, stayed: 0, imported: 0 };
      if (back > 0) expected[classOf(day - back, day)] = 1;
      expect(days.get(day) ?? { joined: 0, returned: 0, stayed: 0, imported: 0 }).toEqual(expected);
    }
  });

  it('are forgotten after their time, without help at the latest', async () => {
    const user = { ...freshUser(), sdkAppId: 1_400_000_300 };
    const day = await today();
    const old = [day - retention.activityDays, day - retention.activityDays - 400];
    const kept = day - retention.activityDays + 2;
    for (const each of [...old, kept]) {
      await fleet.server.call('HSET', activityOf(user), `d${each}`, 7);
    }
    await register(a, loginOf(user));
    const { days } = await a.registry.accounts.activity(user.sdkAppId);
    expect([...days.keys()].sort((one, other) => one - other)).toEqual([kept, await today()]);
    const ttl = (await fleet.server.call('TTL', activityOf(user))) as number;
    expect(ttl).toBeGreaterThan((retention.activityDays - 1) * 86_400);
  });

  it('come back with the sessions that are registered again', async () => {
    const user = { ...freshUser(), sdkAppId: 1_400_000_400 };
    const login = loginOf(user);
    await hold(a, login);
    const before = await a.registry.accounts.activity(user.sdkAppId);
    const [member, index] = [memberOf(user), keys.nodeIndexes(a.registry.nodeId)];
    await fleet.server.call(
      'DEL',
      keys.user(partition(user), member),
      index[partition(user)] ?? '',
    );
    await fleet.server.call('DEL', accountsOf(user), activityOf(user));
    expect((await a.registry.accounts.activity(user.sdkAppId)).accounts).toBe(0);
    await fleet.server.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect
      .poll(() => a.registry.accounts.activity(user.sdkAppId), { timeout: 10_000 })
      .toEqual(before);
  });
});
