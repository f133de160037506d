import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { LoginOutcome } from '../../gateway/registry/login.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { retention } from '../../gateway/registry/retention.ts';
import { freshUser, hears, hold, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const evictions = { burst: 4, refillMs: 3_600_000 };
const policy = makePolicy({ policy: 'single', evictions });
const keys = new Keys('gatehouse', 16);
const keyOf = (user: UserRef): string =>
  keys.user(keys.partitionOf(memberOf(user)), memberOf(user));

describe('a kick war in Redis', () => {
  const fleet = new RedisFleet();
  let a: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    a = await fleet.node();
  });
  beforeEach(async () => {
    await fleet.server.cli('CONFIG', 'RESETSTAT');
  });
  afterAll(() => fleet.stop());

  const ask = (...command: (string | number)[]): Promise<unknown> =>
    fleet.server.call(...(command as [string]));
  const storm = async (user: UserRef, count: number): Promise<LoginOutcome['kind'][]> => {
    const kinds: LoginOutcome['kind'][] = [];
    for (let n = 0; n < count; n += 1) {
      const login = loginOf(user, { instanceId: `i${n}`, policy });
      kinds.push((await a.registry.login(login)).kind);
    }
    return kinds;
  };

  it('leaves the record of a user who pushes nobody out as it was', async () => {
    const user = freshUser();
    await register(a, loginOf(user, { policy }));
    await register(a, loginOf(user, { policy }));
    expect(await ask('HKEYS', keyOf(user))).toEqual(['epoch', 's:phone']);
  });

  it('costs one read and no write for each damped login', async () => {
    const user = freshUser();
    await storm(user, 1 + evictions.burst);
    const before = await ask('HGETALL', keyOf(user));
    await fleet.server.cli('CONFIG', 'RESETSTAT');
    const kinds = await storm(user, 20);
    // The one that is online may come back; its place is its own.
    expect(kinds.filter((kind) => kind !== 'damped')).toEqual(['registered']);
    await fleet.server.cli('CONFIG', 'RESETSTAT');
    const damped = loginOf(user, { instanceId: 'one-more', policy });
    for (let n = 0; n < 20; n += 1) await a.registry.login(damped);
    const info = await fleet.server.cli('INFO', 'commandstats');
    const calls = Object.fromEntries(
      [...info.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]),
    );
    expect(calls).toMatchObject({ evalsha: 20, hgetall: 20 });
    expect(
      Object.keys(calls).filter((name) => /^h?(set|del)|expire|publish|sadd/.test(name)),
    ).toEqual([]);
    expect(await ask('HLEN', keyOf(user))).toBe((before as unknown[]).length / 2);
  });

  it('keeps the record small, however many devices take part', async () => {
    const user = freshUser();
    const open = makePolicy({ policy: 'single', evictions: { burst: 1000, refillMs: 60_000 } });
    for (let n = 0; n < 300; n += 1) {
      await register(a, loginOf(user, { instanceId: `i${n}`, policy: open }));
    }
    const fields = (await ask('HKEYS', keyOf(user))) as string[];
    expect(fields).toHaveLength(retention.marksPerUser + 3);
    expect(fields.filter((field) => field.startsWith('s:'))).toEqual(['s:i299']);
  });

  it('outlives the sessions for as long as the allowance is not whole', async () => {
    const user = freshUser();
    const login = loginOf(user, { instanceId: 'i0', policy });
    await register(a, login);
    await a.registry.kick(user, 'all', 'REST');
    await storm(user, 4);
    await ask('HDEL', keyOf(user), 'k:i0', 'k:i1', 'k:i2');
    const [last] = await a.registry.sessions(user);
    await a.registry.logout(
      { ...user, instanceId: 'i3', sessionId: last?.sessionId ?? '' },
      'left',
    );
    expect(await ask('HKEYS', keyOf(user))).toEqual(expect.arrayContaining(['epoch', 'evictions']));
    expect(await ask('TTL', keyOf(user))).toBeGreaterThan((3 * evictions.refillMs) / 1000 - 60);
  });

  it('does not keep an audit from applying the policy', async () => {
    const user = freshUser();
    await storm(user, evictions.burst);
    const held = await hold(a, loginOf(user, { instanceId: 'held', policy }));
    await ask('HDEL', keyOf(user), 's:held');
    const other = loginOf(user, { instanceId: 'other', policy });
    await register(a, other);
    const third = loginOf(user, { instanceId: 'third', policy });
    expect((await a.registry.login(third)).kind).toBe('damped');
    await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await hears(a, held.sessionId)).toMatchObject({ kick: { byInstanceId: 'other' } });
    expect(await liveSessions(a, user)).toEqual([other.sessionId]);
  });
});
