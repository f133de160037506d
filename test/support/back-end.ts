import { parseRedisUrl } from '../../gateway/config/redis-url.ts';
import { RedisRegistry } from '../../gateway/registry/redis/redis-registry.ts';
import type { RedisRegistrySettings } from '../../gateway/registry/redis/settings.ts';
import { app } from './deployment.ts';

/** Settings that must be those of the nodes. */
export type BackEndWish = Pick<RedisRegistrySettings, 'keeping'>;

let backEnds = 0;
const silent = { info: (): void => undefined, warn: (): void => undefined, error: console.error };

/** What a back end does to users, by the scripts that nodes call: a registry of the test's own that holds no session. */
export async function joinAsBackEnd(
  redisUrl: string,
  wish: BackEndWish = {},
): Promise<RedisRegistry> {
  const address = parseRedisUrl(redisUrl);
  if (address === undefined) throw new Error(`no address of Redis: ${redisUrl}`);
  const settings = {
    address,
    prefix: 'gatehouse',
    partitions: 256,
    commandTimeoutMs: 500,
    leaseS: 6,
    auditS: 60,
    pushOnlineS: 3600,
    ...wish,
  };
  backEnds += 1;
  const registry = new RedisRegistry(settings, `back-end.${process.pid}-${backEnds}`, silent);
  await registry.start({
    kicked: () => undefined,
    replaced: () => undefined,
    held: { count: 0, countByApp: new Map(), all: () => [], has: () => false },
    statusChanged: () => undefined,
    ownStatusChanged: () => undefined,
    pushed: () => undefined,
    pushedToEverybody: () => undefined,
    watched: { count: 0, all: () => [], has: () => false },
  });
  return registry;
}

/** A user of the app that deployments serve. */
export const userOf = (userId: string): { sdkAppId: number; userId: string } => ({
  sdkAppId: app.sdkAppId,
  userId,
});
