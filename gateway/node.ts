import { readFileSync } from 'node:fs';
import { startAdminServer, type AdminServer } from './admin/admin-server.ts';
import type { Health } from './admin/health.ts';
import { RestApi } from './admin/rest/rest-api.ts';
import { RestCounters } from './admin/rest/rest-counters.ts';
import type { Config } from './config/config.ts';
import { loginPolicyOf } from './config/policy.ts';
import { parseRedisUrl, redisPasswords } from './config/redis-url.ts';
import { newNodeId } from './node-id.ts';
import { GatewayCounters } from './observe/counters.ts';
import { createLogger, type Logger } from './observe/logger.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { CallbackVisibility } from './presence/callback-visibility.ts';
import { PresenceCounters } from './presence/counters.ts';
import { Presence } from './presence/presence.ts';
import { simpleVisibilities, type Visibility } from './presence/visibility.ts';
import { MemoryRegistry } from './registry/memory/memory-registry.ts';
import { MemoryStore } from './registry/memory/memory-store.ts';
import type { Registry } from './registry/port.ts';
import { breakVariable, readBreaks } from './registry/redis/breaks.ts';
import type { RedisTls } from './registry/redis/connect/address.ts';
import { RedisRegistry } from './registry/redis/redis-registry.ts';
import { systemClock } from './session/clock.ts';
import { DeadlineWheel } from './session/deadline-wheel.ts';
import { drain } from './session/drain.ts';
import { KickWars } from './session/kick-wars.ts';
import { LocalSessions } from './session/local-sessions.ts';
import { Pulse } from './session/pulse.ts';
import { Session } from './session/session.ts';
import type { SessionRoom } from './session/session-room.ts';
import { AppKeys } from './ticket/app-keys.ts';
import { chooseTransport } from './transport/choose.ts';
import type { FindPage } from './transport/pages.ts';
import type { Transport } from './transport/port.ts';

/** A start that cannot succeed as configured; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Where a node can be reached. */
export interface Addresses {
  /** ws:// or wss:// */
  readonly url: string;
  readonly adminUrl: string;
  readonly transport: string;
}

/** One gateway process: makes the parts, joins them, starts and ends them in order. */
export class GatewayNode {
  readonly #config: Config;
  /** The node's own log. */
  readonly logger: Logger;
  readonly #registry: Registry;
  readonly #room: SessionRoom;
  readonly #pulse: Pulse;
  readonly #transport: Transport;
  readonly #version: string;
  readonly #metrics: Metrics;
  readonly #restCounters = new RestCounters();
  #admin: AdminServer | undefined;
  #isDraining = false;

  /** Makes the parts; nothing listens or connects yet. `findPage`: what the public port shows to browsers. Throws StartError. */
  constructor(config: Config, version: string, findPage?: FindPage) {
    const { nodeId, incarnation } = newNodeId(config.nodeName);
    this.#config = config;
    this.#version = version;
    this.logger = createLogger({ ...config.log, nodeId, secrets: secretsOf(config) });
    this.#registry = makeRegistry(config, nodeId, this.logger);
    this.#room = makeSessionRoom(config, this.#registry, this.logger, incarnation);
    this.#pulse = new Pulse(this.#room);
    this.#transport = makeTransport(config, this.#room, this.logger, findPage);
    this.#metrics = createMetrics({
      version,
      transportKind: this.#transport.kind,
      registryKind: registryKind(config),
      counters: this.#room.counters,
      kickWars: () => this.#room.wars.begun,
      usersAtWar: () => this.#room.wars.usersAt(this.#room.clock.monotonicMs()),
      transport: () => this.#transport.counters,
      pendingConnections: () => this.#transport.pendingCount,
      registryReady: () => this.#registry.health().ready,
      registryAuditing: () => this.#registry.health().isAuditing,
      registry: this.#registry.counters,
      rest: this.#restCounters,
      leaseLeftMs: () => this.#registry.health().leaseLeftMs,
      ready: () => this.health().ready,
      lostSessions: () => this.#room.sessions.lostCount,
      presence: this.#room.presence.counters,
      watchedUsers: () => this.#room.presence.watched.count,
      watches: () => this.#room.presence.watchCount,
    });
  }

  /** Joins the registry, then opens the admin port, then the public one. Rejects when one of them cannot be had. */
  async start(): Promise<Addresses> {
    const { sessions, presence } = this.#room;
    await this.#registry.start({
      kicked: (kick) => sessions.kicked(kick),
      replaced: (sessionId) => sessions.replaced(sessionId),
      held: sessions.held,
      statusChanged: (status) => presence.told(status),
      ownStatusChanged: (sessionId, status) => sessions.ownStatusChanged(sessionId, status),
      watched: presence.watched,
    });
    this.#mustGoOn();
    this.#pulse.start();
    this.#admin = await startAdminServer({
      host: this.#config.adminHost,
      port: this.#config.adminPort,
      health: () => this.health(),
      metrics: this.#metrics,
      rest: makeRest(this.#config, this.#room, this.#restCounters),
      onError: (err) => this.logger.error({ err }, 'a request on the admin port failed'),
    });
    this.#mustGoOn();
    const { host, port } = await this.#transport.listen();
    const addresses: Addresses = {
      url: `${this.#config.tls.certFile === undefined ? 'ws' : 'wss'}://${inUrl(host)}:${port}`,
      adminUrl: `http://${inUrl(this.#config.adminHost)}:${this.#admin.port}`,
      transport: this.#transport.kind,
    };
    this.logger.info(
      { ...addresses, version: this.#version, registry: registryKind(this.#config) },
      'ready',
    );
    return addresses;
  }

  /** A stop during the start must not find its ports opened behind its back. */
  #mustGoOn(): void {
    if (this.#isDraining) throw new StartError('told to stop during the start');
  }

  /** Whether new clients may come, and if not, why. */
  health(): Health {
    const registry = this.#registry.health();
    const reasons = [...registry.reasons];
    if (this.#isDraining) reasons.push('draining: this node leaves service');
    return {
      ready: reasons.length === 0,
      reasons,
      transport: this.#transport.kind,
      registry: {
        kind: registryKind(this.#config),
        ready: registry.ready,
        auditing: registry.isAuditing,
      },
    };
  }

  /**
   * Leaves service: not ready, no new connections, every client told and closed, then everything shut.
   * Aborting `hurry` skips the waits but not the telling.
   */
  async stop(hurry: AbortSignal): Promise<void> {
    this.#isDraining = true;
    const { windowS, reconnectSpreadS, readinessDelayS } = this.#config.drain;
    this.logger.info({ connections: this.#transport.openCount }, 'draining');
    await drain(this.#room.sessions, this.#transport, {
      readinessDelayMs: readinessDelayS * 1000,
      windowMs: windowS * 1000,
      reconnectSpreadMs: reconnectSpreadS * 1000,
      hurry,
    });
    await this.close();
    this.logger.info('stopped');
  }

  /** Shuts everything at once; also after a start that failed half-way. */
  async close(): Promise<void> {
    await this.#transport.close();
    this.#pulse.stop();
    this.#room.presence.stop();
    const { sessions, clock } = this.#room;
    await this.#registry.stop(sessions.longestHoldMs(clock.monotonicMs()));
    await this.#admin?.close();
  }
}

function registryKind(config: Config): 'memory' | 'redis' {
  return config.redis.url === undefined ? 'memory' : 'redis';
}

function secretsOf(config: Config): string[] {
  const { url, sentinelPassword } = config.redis;
  return [
    ...config.apps.flatMap((app) => app.keys.map((key) => key.secret)),
    ...(url === undefined ? [] : redisPasswords(url)),
    ...(config.presence.callbackSecret === undefined ? [] : [config.presence.callbackSecret]),
    ...(sentinelPassword === undefined ? [] : [sentinelPassword]),
  ];
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function makeRegistry(config: Config, nodeId: string, logger: Logger): Registry {
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
  if (address === undefined) {
    return new MemoryRegistry(nodeId, new MemoryStore(Date.now, { pushOnlineS, revocationLifeS }));
  }
  const redis = { ...settings, address, tls: redisTls(tls), pushOnlineS, revocationLifeS, breaks };
  return new RedisRegistry(redis, nodeId, logger);
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

function makeSessionRoom(
  config: Config,
  registry: Registry,
  logger: Logger,
  incarnation: string,
): SessionRoom {
  const { ticket, sockets } = config;
  return {
    registry,
    logger,
    apps: new Map(
      config.apps.map((app) => [
        app.id,
        { policy: loginPolicyOf(app), refuseKickedReturn: app.kickedReturn === 'refuse' },
      ]),
    ),
    keys: new AppKeys(config.apps.map((app) => ({ sdkAppId: app.id, keys: app.keys }))),
    sessions: new LocalSessions(incarnation),
    wars: new KickWars(),
    wheel: new DeadlineWheel(systemClock.monotonicMs()),
    clock: systemClock,
    counters: new GatewayCounters(),
    presence: makePresence(config.presence, registry, logger),
    settings: {
      loginDeadlineMs: sockets.loginDeadlineS * 1000,
      maxFailedLogins: sockets.maxFailedLogins,
      ticketWarnMs: ticket.warnS * 1000,
      ticketGraceMs: ticket.graceS * 1000,
      clockToleranceS: ticket.clockToleranceS,
      holdMs: config.presence.holdS * 1000,
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

function makeRest(config: Config, room: SessionRoom, counters: RestCounters): RestApi {
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

function makeTransport(
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
