import type { AppKeySetting, Config } from './config.ts';

/** Stands where a secret was. */
export const hidden = '***';

/** The URL without its password; a socket path stays as it is. */
function maskUrl(url: string): string {
  return url.replace(/^(\w+:\/\/)([^@/]*)@/, (_all, scheme: string, user: string) => {
    const name = user.split(':')[0] ?? '';
    return `${scheme}${name}:${hidden}@`;
  });
}

function maskKey(key: AppKeySetting): object {
  if (key.endsAt === undefined) return { secret: hidden };
  return { secret: hidden, endsAt: new Date(key.endsAt * 1000).toISOString() };
}

/** The configuration for people to read: the same keys, no secret in it. */
export function maskConfig(config: Config): object {
  const { url } = config.redis;
  return {
    ...config,
    apps: config.apps.map((app) => ({ ...app, keys: app.keys.map(maskKey) })),
    redis: url === undefined ? config.redis : { ...config.redis, url: maskUrl(url) },
  };
}
