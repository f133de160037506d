import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshUser, loginOf, register, type FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';
import { freshContent } from './push-conformance.ts';

describe('pushes in Redis', () => {
  const fleet = new RedisFleet();
  let plain: FleetNode;
  let keeper: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    plain = await fleet.node();
    keeper = await fleet.node({ keeping: { keepS: 60, count: 5, bytes: 16_384 } });
  });
  afterAll(() => fleet.stop());

  const keys = async (): Promise<string[]> =>
    ((await fleet.server.call('KEYS', '*')) as string[]).sort();
  /** How often Redis has run each command, scripts' own included. */
  const commands = async (): Promise<Map<string, number>> => {
    const text = String(await fleet.server.call('INFO', 'commandstats'));
    const lines = text.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm);
    return new Map([...lines].map(([, name = '', calls]) => [name, Number(calls)]));
  };

  it('write nothing while none are kept: one script, a look at the record, a message for each node', async () => {
    const user = freshUser();
    await register(plain, loginOf(user));
    await register(keeper, loginOf(user, { instanceId: 'mac', platform: 'mac' }));
    await plain.registry.pushes.toUser(user, freshContent(), 'all');
    const [before, keysBefore] = [await commands(), await keys()];
    for (let i = 0; i < 10; i += 1) {
      await plain.registry.pushes.toUser(user, freshContent(), 'all');
    }
    const after = await commands();
    const ran = [...after]
      .map(([name, calls]) => [name, calls - (before.get(name) ?? 0)] as const)
      .filter(([name, calls]) => calls > 0 && !/^(info|keys|hello)$/.test(name));
    expect(Object.fromEntries(ran)).toEqual({ evalsha: 10, time: 10, hgetall: 10, publish: 20 });
    expect(await keys()).toEqual(keysBefore);
  });

  it('[PUSH-7] that are kept end with their time, whoever has asked', async () => {
    const user = freshUser();
    await register(keeper, loginOf(user));
    await keeper.registry.pushes.toUser(user, freshContent(), 'all');
    const key = (await keys()).find((name) => name.includes(':pushes:')) ?? '';
    expect(key).toMatch(
      new RegExp(`^gatehouse:\\{p\\d+\\}:pushes:${user.sdkAppId}:${user.userId}$`),
    );
    const lifeS = Number(await fleet.server.call('TTL', key));
    expect(lifeS).toBeGreaterThan(0);
    expect(lifeS).toBeLessThanOrEqual(60);
  });

  it('reach sessions while Redis is full, unless they are to be kept', async () => {
    const user = freshUser();
    await register(plain, loginOf(user));
    await fleet.server.call('CONFIG', 'SET', 'maxmemory', '1');
    try {
      const receipt = await plain.registry.pushes.toUser(user, freshContent(), 'all');
      expect(receipt.sessions).toBe(1);
      const kept = keeper.registry.pushes.toUser(user, freshContent(), 'all');
      await expect(kept).rejects.toThrow('OOM');
    } finally {
      await fleet.server.call('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('are refused when Redis stands still, and never come later', async () => {
    const user = freshUser();
    await register(plain, loginOf(user));
    const told = plain.pushes.length;
    fleet.server.pause();
    const late = plain.registry.pushes.toUser(user, freshContent(), 'all');
    await expect(late).rejects.toThrow();
    fleet.server.resume();
    const content = freshContent();
    await expect
      .poll(() => plain.registry.pushes.toUser(user, content, 'all').catch(() => undefined), {
        timeout: 10_000,
      })
      .toMatchObject({ sessions: 1 });
    await expect.poll(() => plain.pushes.at(-1)?.push.body).toBe(content.body);
    const since = plain.pushes.slice(told).map(({ push }) => push.body);
    expect(new Set(since)).toEqual(new Set([content.body]));
  });
});
