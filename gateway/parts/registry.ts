import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { parseRedisUrl } from '../config/redis-url.ts';
import type { Logger } from '../observe/logger.ts';
import type { EventWishes } from '../registry/events.ts';
import { MemoryRegistry } from '../registry/memory/memory-registry.ts';
import { MemoryStore } from '../registry/memory/memory-store.ts';
import type { Registry } from '../registry/port.ts';
import { breakVariable, readBreaks } from '../registry/redis/breaks.ts';
import type { RedisTls } from '../registry/redis/connect/address.ts';
import { RedisRegistry } from '../registry/redis/redis-registry.ts';
import { StartError } from './start-error.ts';

/** The kind of the registry that the configuration asks for. */
export function registryKind(config: Config): 'memory' | 'redis' {
  return config.redis.url === undefined ? 'memory' : 'redis';
}

/** Throws StartError for breaks of a registry there is none of. */
export function makeRegistry(config: Config, nodeId: string, logger: Logger): Registry {
  const { url, tls, ...settings } = config.redis;
  const breaks = readBreaks(process.env[breakVariable]);
  if (breaks.size > 0) {
    if (url === undefined)
      throw new StartError(`${breakVariable} breaks only the registry in Redis`);
    logger.error(
      { breaks: [...breaks] },
      'THIS NODE IS BROKEN ON PURPOSE, for a test of the tests',
    );
  }
  const { pushOnlineS } = config.presence;
  const revocationLifeS = config.revocation.keepDays * 86_400;
  const address = url === undefined ? undefined : parseRedisUrl(url);
  const policies = new Map(
    // Nothing else of an app: this goes into Redis and into answers.
    config.apps.map(({ id, policy, limits, evictions }) => [id, { policy, limits, evictions }]),
  );
  const { recoverS: keepS, recoverCount: count, recoverBytes: bytes } = config.pushes;
  const events = eventWishesOf(config);
  const keeping = { keepS, count, bytes };
  const kept = { pushOnlineS, revocationLifeS, events, keeping, policies };
  if (address === undefined) {
    return new MemoryRegistry(nodeId, new MemoryStore(Date.now, kept));
  }
  const eventLeaseMs = settings.leaseS * 1000 + longestCallMs(config);
  const redis = { ...settings, ...kept, eventLeaseMs, address, tls: redisTls(tls), breaks };
  return new RedisRegistry(redis, nodeId, logger);
}

/** The events that are kept: those of the apps whose back end wants to hear of them. */
function eventWishesOf({ apps }: Config): EventWishes {
  return new Map(apps.flatMap(({ id, webhooks }) => (webhooks ? [[id, webhooks.events]] : [])));
}

/** A call that has begun must have ended before another node takes over. */
function longestCallMs({ apps }: Config): number {
  return Math.max(0, ...apps.map(({ webhooks }) => webhooks?.timeoutMs ?? 0));
}

function redisTls({ caFile, certFile, keyFile, serverName }: Config['redis']['tls']): RedisTls {
  const read = (path: string): string => readFileSync(path, 'utf8');
  return {
    ...(caFile !== undefined && { ca: read(caFile) }),
    ...(certFile !== undefined && { cert: read(certFile) }),
    ...(keyFile !== undefined && { key: read(keyFile) }),
    ...(serverName !== undefined && { serverName }),
  };
}
