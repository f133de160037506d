import { startAdminServer, type AdminServer } from './admin/admin-server.ts';
import type { Health } from './admin/health.ts';
import { RestCounters } from './admin/rest/rest-counters.ts';
import { V1Counters } from './admin/v1/v1-counters.ts';
import type { Config } from './config/config.ts';
import { secretsOf } from './config/secrets.ts';
import { newNodeId } from './node-id.ts';
import { createLogger, type Logger } from './observe/logger.ts';
import { LoopDelay } from './observe/loop-delay.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { makeRest, makeV1 } from './parts/apis.ts';
import { registryKind, makeRegistry } from './parts/registry.ts';
import { makeSessionRoom } from './parts/session-room.ts';
import { StartError } from './parts/start-error.ts';
import { makeTransport } from './parts/transport.ts';
import { makeWebhooks } from './parts/webhooks.ts';
import type { NodeAnswer, NodeLoad, NodeQuestion } from './registry/node-port.ts';
import type { Registry } from './registry/port.ts';
import { drain } from './session/drain.ts';
import { Pulse } from './session/pulse.ts';
import { PushDoor } from './session/push-door.ts';
import type { SessionRoom } from './session/session-room.ts';
import type { FindPage } from './transport/pages.ts';
import type { Transport } from './transport/port.ts';
import { WebhookCounters } from './webhook/counters.ts';
import type { WebhookSender } from './webhook/webhook-sender.ts';

/** Where a node can be reached. */
export interface Addresses {
  /** ws:// or wss:// */
  readonly url: string;
  readonly adminUrl: string;
  readonly transport: string;
}

/** What a node has to do with beside its configuration. */
export interface NodeSurroundings {
  /** What the public port shows to browsers. */
  readonly findPage: FindPage | undefined;
  /** An operator wants the node to leave service: `stop` is to be called, soon and once. */
  readonly askedToDrain: () => void;
}

/** One gateway process: makes the parts, joins them, starts and ends them in order. */
export class GatewayNode {
  readonly #config: Config;
  /** The node's own log. */
  readonly logger: Logger;
  readonly #registry: Registry;
  readonly #room: SessionRoom;
  readonly #pulse: Pulse;
  readonly #pushDoor: PushDoor;
  readonly #transport: Transport;
  readonly #version: string;
  readonly #metrics: Metrics;
  readonly #restCounters = new RestCounters();
  readonly #v1Counters = new V1Counters();
  readonly #loopDelay = new LoopDelay();
  readonly #startedAt = Math.floor(Date.now() / 1000);
  readonly #askedToDrain: () => void;
  readonly #webhookCounters = new WebhookCounters();
  readonly #webhooks: WebhookSender | undefined;
  #admin: AdminServer | undefined;
  #isDraining = false;

  /** Makes the parts; nothing listens or connects yet. Throws StartError. */
  constructor(config: Config, version: string, { findPage, askedToDrain }: NodeSurroundings) {
    this.#askedToDrain = askedToDrain;
    const { nodeId, incarnation } = newNodeId(config.nodeName);
    this.#config = config;
    this.#version = version;
    this.logger = createLogger({ ...config.log, nodeId, secrets: secretsOf(config) });
    this.#registry = makeRegistry(config, nodeId, this.logger);
    this.#room = makeSessionRoom(config, this.#registry, this.logger, incarnation);
    this.#pulse = new Pulse(this.#room);
    this.#pushDoor = new PushDoor(this.#room, config.pushes.everybodyPerS);
    const { events } = this.#registry;
    this.#webhooks = makeWebhooks(config, events, this.#webhookCounters, this.logger);
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
      v1: this.#v1Counters,
      webhooks: this.#webhookCounters,
      leaseLeftMs: () => this.#registry.health().leaseLeftMs,
      ready: () => this.health().ready,
      lostSessions: () => this.#room.sessions.lostCount,
      presence: this.#room.presence.counters,
      pushes: this.#room.pushes,
      watchedUsers: () => this.#room.presence.watched.count,
      watches: () => this.#room.presence.watchCount,
    });
  }

  /** Joins the registry, then opens the admin port, then the public one. Rejects when one of them cannot be had. */
  async start(): Promise<Addresses> {
    const { sessions, presence } = this.#room;
    this.#loopDelay.start();
    await this.#registry.start({
      kicked: (kick) => sessions.kicked(kick),
      replaced: (sessionId) => sessions.replaced(sessionId),
      held: sessions.held,
      statusChanged: (status) => presence.told(status),
      ownStatusChanged: (sessionId, status) => sessions.ownStatusChanged(sessionId, status),
      watched: presence.watched,
      node: { load: () => this.#load(), asked: (question) => this.#asked(question) },
      pushed: (sessionIds, push) => this.#pushDoor.pushed(sessionIds, push),
      pushedToEverybody: (sdkAppId, push) => this.#pushDoor.pushedToEverybody(sdkAppId, push),
    });
    this.#mustGoOn();
    this.#pulse.start();
    this.#webhooks?.start();
    this.#admin = await startAdminServer({
      host: this.#config.adminHost,
      port: this.#config.adminPort,
      health: () => this.health(),
      metrics: this.#metrics,
      rest: makeRest(this.#config, this.#room, this.#restCounters),
      v1: makeV1(this.#config, this.#room, this.#v1Counters),
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

  /** What the other nodes and operators see of this one. */
  #load(): NodeLoad {
    return {
      version: this.#version,
      transport: this.#transport.kind,
      startedAt: this.#startedAt,
      isDraining: this.#isDraining,
      sessions: this.#room.sessions.loginCount,
      connections: this.#transport.openCount,
      loopDelayMs: this.#loopDelay.takeMs(),
    };
  }

  #asked(question: NodeQuestion): NodeAnswer | undefined {
    switch (question.kind) {
      case 'links':
        return { kind: 'links', links: this.#room.sessions.linksOf(question.sessionIds) };
      case 'policy':
        return { kind: 'policy', ...this.#registry.policies.standing(question.sdkAppId) };
      case 'drain':
        // The answer leaves first: with nobody to tell, a drain ends at once.
        setImmediate(() => this.#askedToDrain());
        return { kind: 'draining' };
      default:
        return undefined;
    }
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
    this.#loopDelay.stop();
    this.#room.presence.stop();
    this.#pushDoor.stop();
    await this.#webhooks?.stop();
    const { sessions, clock } = this.#room;
    await this.#registry.stop(sessions.longestHoldMs(clock.monotonicMs()));
    await this.#admin?.close();
  }
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
