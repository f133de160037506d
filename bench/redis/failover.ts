import { setTimeout as delay } from 'node:timers/promises';
import { RedisSentinel } from '../../test/support/redis-sentinel.ts';
import type { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { firstLogin, sampleLogin, startRegistry } from './sample.ts';

/** One failover of a Sentinel deployment. */
export interface FailoverResult {
  /** Whether the primary wants a replica that keeps up (min-replicas-to-write 1). */
  readonly isFenced: boolean;
  /** What befell the primary: kill -9, or SIGSTOP and 5 s later SIGCONT. */
  readonly fault: 'kill' | 'pause';
  /** From the fault to the first write that the new primary took from somebody who watched it. */
  readonly writableMs: number;
  /** From the fault to the first login that succeeded. */
  readonly firstLoginMs: number;
  readonly refused: number;
  /** Writes the old primary acknowledged after it woke, of those that were tried in 15 s; 0 of 0 after a kill. */
  readonly staleWrites: number;
  readonly staleTries: number;
}

const pausedMs = 5000;
const watchedMs = 15_000;

/** Makes the primary fail under a registry that has logged in, and watches both sides. */
export async function measureFailover(
  isFenced: boolean,
  fault: 'kill' | 'pause',
): Promise<FailoverResult> {
  const redis = await RedisSentinel.start({ isFenced, downAfterMs: 1000 });
  const registry = await startRegistry(redis.url);
  try {
    await registry.login(sampleLogin(0));
    const old = await redis.primary();
    if (fault === 'kill') await old.kill();
    else old.pause();
    const faultAt = performance.now();
    const writable = firstWrite(redis, old).then(() => Math.round(performance.now() - faultAt));
    const { refused } = await firstLogin(registry);
    const firstLoginMs = Math.round(performance.now() - faultAt);
    const result = { isFenced, fault, writableMs: await writable, firstLoginMs, refused };
    if (fault === 'kill') return { ...result, staleWrites: 0, staleTries: 0 };
    await delay(Math.max(0, pausedMs - (performance.now() - faultAt)));
    old.resume();
    return { ...result, ...(await countStaleWrites(old)) };
  } finally {
    await registry.stop();
    await redis.stop();
  }
}

async function firstWrite(redis: RedisSentinel, old: RedisServer): Promise<void> {
  const primary = await redis.newPrimary(old);
  await until('a primary that takes writes', async () => {
    return (await primary.cli('SET', 'watched', 'yes', 'PX', 1)) === 'OK';
  });
}

/** What somebody still writes to the old primary, who has not heard of the new one. */
async function countStaleWrites(
  old: RedisServer,
): Promise<{ staleWrites: number; staleTries: number }> {
  const endsAt = performance.now() + watchedMs;
  let [staleWrites, staleTries] = [0, 0];
  while (performance.now() < endsAt) {
    const reply = await old.cli('SET', 'stale', 'yes').catch(() => '');
    staleTries += 1;
    if (reply === 'OK') staleWrites += 1;
    await delay(25);
  }
  return { staleWrites, staleTries };
}
