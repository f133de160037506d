import { readFileSync } from 'node:fs';
import { RestApi } from './admin/rest/rest-api.ts';
import type { RestCounters } from './admin/rest/rest-counters.ts';
import { V1Api } from './admin/v1/v1-api.ts';
import type { V1Counters } from './admin/v1/v1-counters.ts';
import type { Config } from './config/config.ts';
import { parseRedisUrl, redisPasswords } from './config/redis-url.ts';
import { GatewayCounters } from './observe/counters.ts';
import { type Logger } from './observe/logger.ts';
import { loginPolicyOf } from './policy/written-policy.ts';
import { CallbackVisibility } from './presence/callback-visibility.ts';
import { PresenceCounters } from './presence/counters.ts';
import { Presence } from './presence/presence.ts';
import { simpleVisibilities, type Visibility } from './presence/visibility.ts';
import { PushCounters } from './push/counters.ts';
import { SendGate } from './push/send-gate.ts';
import { MemoryRegistry } from './registry/memory/memory-registry.ts';
import { MemoryStore } from './registry/memory/memory-store.ts';
import type { EventFeed, EventWishes } from './registry/events.ts';
import type { Registry } from './registry/port.ts';
import { breakVariable, readBreaks } from './registry/redis/breaks.ts';
import type { RedisTls } from './registry/redis/connect/address.ts';
import { RedisRegistry } from './registry/redis/redis-registry.ts';
import { systemClock } from './session/clock.ts';
import { DeadlineWheel } from './session/deadline-wheel.ts';
import { KickWars } from './session/kick-wars.ts';
import { LocalSessions } from './session/local-sessions.ts';
import { Session } from './session/session.ts';
import type { SessionRoom } from './session/session-room.ts';
import { AppKeys } from './ticket/app-keys.ts';
import { addressGroup, canonicalAddress } from './transport/address.ts';
import { chooseTransport } from './transport/choose.ts';
import type { FindPage } from './transport/pages.ts';
import type { Transport } from './transport/port.ts';
import { AddressRules } from './webhook/address-rules.ts';
import type { WebhookCounters } from './webhook/counters.ts';
import { Endpoint } from './webhook/endpoint.ts';
import { WebhookSender } from './webhook/webhook-sender.ts';

/** A start that cannot succeed as configured; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The kind of the registry that the configuration asks for. */
export function registryKind(config: Config): 'memory' | 'redis' {
  return config.redis.url === undefined ? 'memory' : 'redis';
}

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

/** Who tells back ends of events; undefined where nobody is to be told, or not by this node. */
export function makeWebhooks(
  { apps, webhooks: shared }: Config,
  feed: EventFeed,
  counters: WebhookCounters,
  log: Logger,
): WebhookSender | undefined {
  const rules = new AddressRules(shared.allowedAddresses);
  const { concurrency } = shared;
  const endpoints = apps.flatMap(({ id, webhooks }) =>
    webhooks ? [new Endpoint(id, { ...webhooks, concurrency }, rules, { counters, log })] : [],
  );
  if (endpoints.length === 0 || shared.keepOnly) return undefined;
  return new WebhookSender({ feed, endpoints, counters });
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

/** What the sessions of a node share. */
export function makeSessionRoom(
  config: Config,
  registry: Registry,
  logger: Logger,
  incarnation: string,
): SessionRoom {
  const { ticket, sockets } = config;
  const pushes = new PushCounters();
  return {
    registry,
    logger,
    apps: new Map(
      config.apps.map((app) => [
        app.id,
        {
          policy: loginPolicyOf(app),
          refuseKickedReturn: app.kickedReturn === 'refuse',
          userMessages: app.userMessages,
        },
      ]),
    ),
    keys: new AppKeys(config.apps.map((app) => ({ sdkAppId: app.id, keys: app.keys }))),
    sessions: new LocalSessions(incarnation),
    wars: new KickWars(),
    wheel: new DeadlineWheel(systemClock.monotonicMs()),
    clock: systemClock,
    counters: new GatewayCounters(),
    presence: makePresence(config.presence, registry, logger),
    pushes,
    sendGate: makeSendGate(config.pushes, pushes, logger),
    settings: {
      loginDeadlineMs: sockets.loginDeadlineS * 1000,
      maxFailedLogins: sockets.maxFailedLogins,
      ticketWarnMs: ticket.warnS * 1000,
      ticketGraceMs: ticket.graceS * 1000,
      clockToleranceS: ticket.clockToleranceS,
      holdMs: config.presence.holdS * 1000,
      keepsPushes: config.pushes.recoverS > 0,
      maxSends: config.pushes.maxSends,
    },
  };
}

function makePresence(settings: Config['presence'], registry: Registry, logger: Logger): Presence {
  const counters = new PresenceCounters();
  const visibility = makeVisibility(settings, counters, logger);
  return new Presence({ registry, visibility, settings, counters });
}

function makeVisibility(
  settings: Config['presence'],
  counters: PresenceCounters,
  logger: Logger,
): Visibility {
  const { visibility, callbackUrl: url, callbackSecret: secret } = settings;
  if (visibility !== 'callback') return simpleVisibilities[visibility];
  // The configuration does not load without the two.
  if (url === undefined || secret === undefined) throw new StartError('presence needs a callback');
  return new CallbackVisibility(
    {
      url,
      secret,
      timeoutMs: settings.callbackTimeoutMs,
      cacheMs: settings.callbackCacheS * 1000,
      cacheEntries: settings.callbackCacheEntries,
      concurrency: settings.callbackConcurrency,
    },
    counters,
    (err) => logger.debug({ err }, 'the back end did not say who may be seen'),
  );
}

function makeSendGate(
  settings: Config['pushes'],
  counters: PushCounters,
  logger: Logger,
): SendGate | undefined {
  const { callbackUrl: url, callbackSecret: secret } = settings;
  if (url === undefined || secret === undefined) return undefined;
  const { callbackTimeoutMs: timeoutMs, callbackConcurrency: concurrency } = settings;
  return new SendGate({ url, secret, timeoutMs, concurrency }, counters, (err) =>
    logger.debug({ err }, 'the back end did not say whether a message may be sent'),
  );
}

/** The REST API over the parts of the sessions' room. */
export function makeRest(config: Config, room: SessionRoom, counters: RestCounters): RestApi {
  const { registry, keys, clock, logger, settings } = room;
  return new RestApi({
    admins: {
      byApp: new Map(config.apps.map(({ id, admins }) => [id, admins])),
      keys,
      clock,
      clockToleranceS: settings.clockToleranceS,
    },
    registry,
    callsPerS: config.rest.callsPerS,
    counters,
    onCall: (call) => logger.debug(call, 'REST call'),
    onError: (err) => logger.error({ err }, 'a REST command failed'),
  });
}

/** The operator's API over the same parts. */
export function makeV1(config: Config, room: SessionRoom, counters: V1Counters): V1Api {
  const { registry, clock, logger } = room;
  return new V1Api({
    keys: config.admin.keys,
    apps: new Set(config.apps.map(({ id }) => id)),
    registry,
    nowS: () => Math.floor(clock.wallMs() / 1000),
    clock,
    groupOf: (address) => addressGroup(canonicalAddress(address)),
    callsPerS: config.rest.callsPerS,
    counters,
    onCall: (note) => logger[note.key === undefined ? 'warn' : 'info'](note, 'admin call'),
    onError: (err) => logger.error({ err }, 'a route of /v1 failed'),
  });
}

/** The public port; nothing listens yet. Throws StartError when no back end loads. */
export function makeTransport(
  config: Config,
  room: SessionRoom,
  log: Logger,
  findPage: FindPage | undefined,
): Transport {
  const { certFile, keyFile } = config.tls;
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined;
  const choice = chooseTransport(
    config.transport,
    {
      host: config.host,
      port: config.port,
      ...(tls && { tls }),
      origins: config.origins,
      ...config.sockets,
      exclusivePort: true,
    },
    {
      openSession: (outbound) => new Session(room, outbound),
      log,
      ...(findPage !== undefined && { findPage }),
    },
  );
  if (choice.kind === 'unavailable') throw new StartError(choice.message);
  return choice.transport;
}
