import { isAdminKey } from '../access/admin-key.ts';
import type { Config } from './config.ts';
import type { Given } from './layers.ts';
import { isLoopback } from './loopback.ts';
import { webhookWarnings } from './webhooks.ts';

/** What is allowed but worth a word at the start, at `nowS` (Unix seconds). */
export function warningsOf(
  config: Config,
  given: ReadonlyMap<string, Given>,
  nowS: number,
): readonly string[] {
  const warnings: string[] = [];
  if (config.dev && !isLoopback(config.host))
    warnings.push(`development mode is open to the network: it listens on ${config.host}`);
  if (!config.dev && given.get('apps')?.source === 'flag --app')
    warnings.push(
      'a key given by --app can be seen by every user of this machine (ps): use --app-file, GATEHOUSE_APP_FILE or secretFile',
    );
  if (isKeyInFlag(given))
    warnings.push(
      'a key given by --admin-key can be seen by every user of this machine (ps): give its hash, or use GATEHOUSE_ADMIN_KEY_FILE',
    );
  if (!isLoopback(config.adminHost))
    warnings.push(
      `the admin port has no TLS, and /metrics no login: ${config.adminHost} must not be reachable from outside`,
    );
  if (!config.dev && config.redis.url === undefined)
    warnings.push(
      'no Redis: the embedded registry serves this one process only; sessions of other nodes are not seen',
    );
  warnings.push(...callbackWarnings(config));
  warnings.push(...webhookWarnings(config.apps.map(({ webhooks }) => webhooks)));
  for (const { id, keys } of config.apps)
    if (keys.every(({ endsAt }) => endsAt !== undefined && endsAt < nowS))
      warnings.push(`app ${id}: every key has ended, so no ticket of it is accepted`);
  return warnings;
}

function isKeyInFlag(given: ReadonlyMap<string, Given>): boolean {
  const key = given.get('admin.key');
  return key?.source === 'flag --admin-key' && isAdminKey(String(key.value));
}

function callbackWarnings({ presence, pushes, apps }: Config): readonly string[] {
  const { visibility } = presence;
  const isAsked = apps.some(({ userMessages }) => userMessages === 'callback');
  return [
    ...(presence.callbackUrl !== undefined && visibility !== 'callback'
      ? [`presence.callbackUrl is given, but nobody is asked: presence.visibility is ${visibility}`]
      : []),
    ...(pushes.callbackUrl !== undefined && !isAsked
      ? ['pushes.callbackUrl is given, but nobody is asked: userMessages of no app is callback']
      : []),
    ...Object.entries({ presence, pushes })
      .filter(([, { callbackUrl }]) => callbackUrl?.startsWith('http://') === true)
      .map(
        ([section]) =>
          `${section}.callbackUrl is not https: its secret and the answers travel in clear`,
      ),
  ];
}
