import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseRedisUrl } from '../../gateway/config/redis-url.ts';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { RegistryListener } from '../../gateway/registry/port.ts';
import type { LoginRequest } from '../../gateway/registry/login.ts';
import type { RedisRegistrySettings } from '../../gateway/registry/redis/settings.ts';
import { RedisRegistry } from '../../gateway/registry/redis/redis-registry.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const listener: RegistryListener = {
  kicked: () => undefined,
  replaced: () => undefined,
  statusChanged: () => undefined,
  ownStatusChanged: () => undefined,
  held: { count: 0, countByApp: new Map(), all: () => [], has: () => true },
  pushed: () => undefined,
  pushedToEverybody: () => undefined,
  watched: { count: 0, all: () => [], has: () => false },
};
const policy = makePolicy({ policy: 'triple' });
let incarnations = 0;

/** A registry with the defaults of the configuration, started. */
export async function startRegistry(
  url: string,
  wish: Pick<RedisRegistrySettings, 'keeping'> = {},
  hears: Partial<RegistryListener> = {},
): Promise<RedisRegistry> {
  const address = parseRedisUrl(url);
  if (address === undefined) throw new Error(`no address of Redis: ${url}`);
  incarnations += 1;
  const nodeId = `gateway-${incarnations}.${randomUUID().slice(0, 8)}`;
  const settings = {
    address,
    prefix: 'gatehouse',
    partitions: 256,
    commandTimeoutMs: 700,
    leaseS: 6,
    auditS: 60,
    pushOnlineS: 7 * 24 * 3600,
    ...wish,
  };
  const registry = new RedisRegistry(settings, nodeId, silent);
  await registry.start({ ...listener, ...hears });
  return registry;
}

/** The login of one user of many: names as long as they usually are. */
export function sampleLogin(user: number, wish: Partial<LoginRequest> = {}): LoginRequest {
  const nowS = Math.floor(Date.now() / 1000);
  return {
    sdkAppId: 1_400_000_000,
    userId: `user-${String(user).padStart(11, '0')}`,
    instanceId: randomUUID(),
    sessionId: randomUUID().slice(0, 18),
    platform: 'android',
    ticketEndsAt: nowS + 86_400,
    ticketIssuedAt: nowS,
    ticketFingerprint: randomBytes(8).toString('base64').slice(0, 10),
    isAutomatic: false,
    refuseIfKicked: false,
    policy,
    ...wish,
  };
}

/** Logs in until it succeeds; resolves with the ms that took, and how many tries were refused. */
export async function firstLogin(
  registry: RedisRegistry,
): Promise<{ tookMs: number; refused: number }> {
  const startedAt = performance.now();
  for (let refused = 0; ; refused += 1) {
    const outcome = await registry.login(sampleLogin(refused));
    if (outcome.kind === 'registered') return { tookMs: performance.now() - startedAt, refused };
    if (performance.now() - startedAt > 30_000) throw new Error(`no login: ${outcome.kind}`);
    await delay(10);
  }
}
