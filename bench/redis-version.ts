import { startRedis } from '../test/support/redis-server.ts';

/** What the redis-server of the bench says it is. */
export async function readRedisVersion(): Promise<string> {
  const redis = await startRedis();
  try {
    return /redis_version:(\S+)/.exec(await redis.cli('INFO', 'server'))?.[1] ?? 'unknown';
  } finally {
    await redis.stop();
  }
}
