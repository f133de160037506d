import type { Config } from './config.ts';
import { redisPasswords } from './redis-url.ts';

/** Every secret of the configuration, none of which may be logged. */
export function secretsOf(config: Config): string[] {
  const { url, sentinelPassword } = config.redis;
  return [
    ...config.apps.flatMap((app) => app.keys.map((key) => key.secret)),
    ...(url === undefined ? [] : redisPasswords(url)),
    ...[config.presence, config.pushes].flatMap(({ callbackSecret }) =>
      callbackSecret === undefined ? [] : [callbackSecret],
    ),
    ...(sentinelPassword === undefined ? [] : [sentinelPassword]),
    ...config.apps.flatMap(({ webhooks }) => [
      ...(webhooks?.secrets ?? []),
      ...(webhooks?.token === undefined ? [] : [webhooks.token]),
    ]),
  ];
}
