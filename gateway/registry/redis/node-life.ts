import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { RegistryHealth, RegistryListener } from '../port.ts';
import type { Audit } from './audit.ts';
import { unbroken } from './breaks.ts';
import type { Connections } from './connection.ts';
import { DeploymentMismatchError, type Deployment } from './deployment.ts';
import type { FaultLog } from './fault-log.ts';
import { heardBy } from './heard.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Interest } from './interest.ts';
import type { Lease } from './lease.ts';
import type { NodeChannel } from './node-channel.ts';
import type { RedisEventFeed } from './redis-event-feed.ts';
import type { RedisNodes } from './redis-nodes.ts';
import type { RedisPolicies } from './redis-policies.ts';
import type { RedisTraffic } from './redis-traffic.ts';
import type { SessionUpdates } from './session-updates.ts';
import type { RedisRegistrySettings } from './settings.ts';
import { StoreFault } from './store-fault.ts';
import type { Sweep } from './sweep.ts';

/** Between the attempts of a node that starts. */
const insistEveryMs = 100;

/** All that lives while a node does. */
export interface NodeLifeParts {
  readonly connections: Connections;
  readonly deployment: Deployment;
  readonly channel: NodeChannel;
  readonly lease: Lease;
  readonly audit: Audit;
  readonly interest: Interest;
  readonly sweep: Sweep;
  readonly updates: SessionUpdates;
  readonly traffic: RedisTraffic;
  readonly nodes: RedisNodes;
  readonly events: RedisEventFeed;
  readonly policies: RedisPolicies;
  readonly log: FaultLog;
  readonly counters: RegistryCounters;
}

/** The life of a node in Redis: it comes, keeps its lease and makes good what it has missed, and leaves nothing behind. */
export class NodeLife {
  readonly #parts: NodeLifeParts;
  readonly #settings: RedisRegistrySettings;
  readonly #heartbeat: Heartbeat;
  #countByApp: () => ReadonlyMap<number, number> = () => new Map();
  #isStopped = false;

  constructor(parts: NodeLifeParts, settings: RedisRegistrySettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#heartbeat = new Heartbeat(
      {
        ...parts,
        prepare: () => this.#prepare(),
        beaten: () => void parts.traffic.tell(this.#countByApp()),
        breaks: settings.breaks ?? unbroken,
      },
      settings.leaseS * 1000,
    );
  }

  async start(listener: RegistryListener): Promise<void> {
    const { connections, audit, interest, nodes, events, policies } = this.#parts;
    const startTimeoutMs = this.#settings.startTimeoutMs ?? 10_000;
    const endsAt = performance.now() + startTimeoutMs;
    nodes.self = listener.node;
    try {
      await connections.open(startTimeoutMs);
      await this.#insist(() => this.#prepare(), endsAt);
      await this.#subscribe(listener, endsAt - performance.now());
      await this.#insist(() => this.#heartbeat.start(), endsAt);
      this.#countByApp = () => listener.held.countByApp;
      audit.start(listener, this.#settings.auditS * 1000);
      interest.start(listener);
      events.start();
      policies.start(listener.held);
    } catch (error) {
      await this.stop();
      throw error;
    }
    connections.onAnswer = () => this.#heartbeat.hurry();
    connections.onConnection = (isSame) => this.#reconnected(isSame);
    connections.onOtherData = () => this.#heartbeat.doubt('Redis was a replica in between');
  }

  /** Why this node registers nobody now; empty when it does. */
  get refusal(): string {
    return this.#parts.deployment.mismatch || this.#heartbeat.refusal;
  }

  health(): RegistryHealth {
    const { connections, deployment, channel, lease } = this.#parts;
    const { isAnswering, refusal } = connections;
    const reasons = [
      deployment.mismatch,
      isAnswering ? '' : 'Redis does not answer',
      refusal === '' ? '' : `Redis takes no writes: ${refusal}`,
      this.#heartbeat.refusal,
    ].filter((reason) => reason !== '');
    return {
      ready: reasons.length === 0,
      reasons,
      // Each subscription begins with a doubt.
      isAuditing: this.#heartbeat.isDoubted || !channel.isSubscribed,
      leaseLeftMs: lease.leftMs,
    };
  }

  /** Waits, at most one command time-out, for what is on its way: the logouts of a node that shuts down. */
  async stop(holdMs = 0): Promise<void> {
    const { connections, channel, lease, events, policies, updates } = this.#parts;
    this.#isStopped = true;
    this.#heartbeat.close();
    channel.close();
    events.close();
    policies.close();
    const endsAt = performance.now() + this.#settings.commandTimeoutMs;
    while (this.#isBusy && performance.now() < endsAt) await delay(5);
    // With anything left behind the lease must run out instead, so that another node sweeps it.
    if (this.#isEmpty) await lease.leave().catch(() => undefined);
    else if (holdMs > 0) await lease.hold(holdMs).catch(() => undefined);
    updates.close();
    connections.close();
  }

  /** Whether this node has nothing in Redis, and nothing on its way that could put something there. */
  get #isEmpty(): boolean {
    const { connections, lease, audit, updates } = this.#parts;
    const isIdle = connections.inFlight === 0 && updates.owed === 0 && audit.isSettled;
    return isIdle && lease.isHeld && audit.count === 0;
  }

  get #isBusy(): boolean {
    const { connections, updates } = this.#parts;
    return connections.isAnswering && (connections.inFlight > 0 || updates.owed > 0);
  }

  /** A Redis that is slow to answer has as long as one that cannot be reached yet. `call` may be repeated. */
  async #insist(call: () => Promise<void>, endsAt: number): Promise<void> {
    for (;;) {
      try {
        await call();
        return;
      } catch (error) {
        const mayPass = error instanceof StoreFault && error.isUnanswered && !this.#isStopped;
        if (!mayPass || performance.now() > endsAt) throw error;
        await delay(insistEveryMs);
      }
    }
  }

  async #subscribe(listener: RegistryListener, withinMs: number): Promise<void> {
    const { channel, interest, nodes, events } = this.#parts;
    const policiesChanged = (): void => this.#heartbeat.hurry();
    const heard = heardBy(listener, { interest, nodes, events, policiesChanged });
    const renewed = (): void => {
      this.#heartbeat.doubt('a new subscription');
      events.mayHaveMissed();
      this.#heartbeat.hurry();
    };
    await channel.open(heard, renewed, withinMs);
  }

  /** What the last connection lost on the way each caller knows of: it may have happened, and is made good or told so. */
  #reconnected(isSame: boolean): void {
    if (!isSame) this.#heartbeat.doubt('a new connection for commands');
    this.#prepare().then(
      () => this.#heartbeat.hurry(),
      (error: unknown) => {
        // Anything but a mismatch passes: the next connection comes here again.
        if (!(error instanceof DeploymentMismatchError)) return;
        this.#parts.log.error(error.message);
        // The beats look whether it is over, as long as there is a doubt.
        if (isSame) this.#heartbeat.doubt('the data was laid out for others');
      },
    );
  }

  /** Runs after each connect: Redis may be another one, or an emptied one, by now. */
  async #prepare(): Promise<void> {
    this.#parts.traffic.doubt();
    await this.#parts.deployment.claim();
  }
}
