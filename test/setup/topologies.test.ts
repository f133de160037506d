import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisSentinel } from '../support/redis-sentinel.ts';

describe('the Sentinels of a test', () => {
  let redis: RedisSentinel;
  beforeAll(async () => {
    redis = await RedisSentinel.start();
  });
  afterAll(() => redis?.stop());

  it('make a replica the primary when the primary dies, with what it had', async () => {
    const old = await redis.primary();
    expect(await old.cli('SET', 'kept', 'yes')).toBe('OK');
    await old.kill();
    const primary = await redis.newPrimary(old);
    expect(await primary.cli('GET', 'kept')).toBe('yes');
  });
});

describe('the Cluster of a test', () => {
  let redis: RedisCluster;
  beforeAll(async () => {
    redis = await RedisCluster.start();
  });
  afterAll(() => redis?.stop());

  it('moves a slot with its keys, and asks for the second owner while half have gone', async () => {
    const slot = await redis.slotOf('{tag}');
    const from = await redis.ownerOf(slot);
    const to = redis.masters.find((server) => server !== from);
    if (to === undefined) throw new Error('only one master');
    for (const key of ['{tag}1', '{tag}2']) await from.cli('SET', key, key);
    let met: string[] = [];
    await redis.moveSlot(slot, to, async () => {
      const tries = ['{tag}1', '{tag}2'].map((key) => from.cli('GET', key).catch(String));
      met = await Promise.all(tries);
    });
    expect(met.filter((answer) => answer.includes('ASK'))).toHaveLength(1);
    expect(await redis.ownerOf(slot)).toBe(to);
    expect(await to.cli('GET', '{tag}1')).toBe('{tag}1');
    await expect(from.cli('GET', '{tag}1')).rejects.toThrow('MOVED');
  });
});
