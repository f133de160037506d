import type { AppKeySetting, Config } from './config.ts';
import { hidden, maskRedisUrl } from './redis-url.ts';

function maskKey(key: AppKeySetting): object {
  if (key.endsAt === undefined) return { secret: hidden };
  return { secret: hidden, endsAt: new Date(key.endsAt * 1000).toISOString() };
}

/** The configuration for people to read: the same keys, no secret in it. */
export function maskConfig(config: Config): object {
  const { url, sentinelPassword, ...redis } = config.redis;
  return {
    ...config,
    apps: config.apps.map((app) => ({ ...app, keys: app.keys.map(maskKey) })),
    redis: {
      ...(url !== undefined && { url: maskRedisUrl(url) }),
      ...(sentinelPassword !== undefined && { sentinelPassword: hidden }),
      ...redis,
    },
  };
}
