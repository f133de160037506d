import type { AppKeySetting, Config } from './config.ts';
import { hidden, maskRedisUrl } from './redis-url.ts';
import type { WebhookSetting } from './webhooks.ts';

function maskKey(key: AppKeySetting): object {
  if (key.endsAt === undefined) return { secret: hidden };
  return { secret: hidden, endsAt: new Date(key.endsAt * 1000).toISOString() };
}

function maskWebhooks<T extends Pick<Partial<WebhookSetting>, 'token' | 'secrets'>>(
  webhooks: T,
): T {
  const { token, secrets } = webhooks;
  return {
    ...webhooks,
    ...(token !== undefined && { token: hidden }),
    ...(secrets !== undefined && { secrets: secrets.map(() => hidden) }),
  };
}

function maskCallback<T extends { readonly callbackSecret?: string | undefined }>(section: T): T {
  return section.callbackSecret === undefined ? section : { ...section, callbackSecret: hidden };
}

/** The configuration for people to read: the same keys, no secret in it. */
export function maskConfig(config: Config): object {
  const { url, sentinelPassword, ...redis } = config.redis;
  return {
    ...config,
    apps: config.apps.map(({ webhooks, ...app }) => ({
      ...app,
      keys: app.keys.map(maskKey),
      ...(webhooks !== undefined && { webhooks: maskWebhooks(webhooks) }),
    })),
    presence: maskCallback(config.presence),
    pushes: maskCallback(config.pushes),
    webhooks: maskWebhooks(config.webhooks),
    redis: {
      ...(url !== undefined && { url: maskRedisUrl(url) }),
      ...(sentinelPassword !== undefined && { sentinelPassword: hidden }),
      ...redis,
    },
  };
}
