import { setTimeout as delay } from 'node:timers/promises';
import type { KickType } from '../../../protocol/kick-types.ts';
import { RegistryCounters } from '../counters.ts';
import type { RegistryLogger } from '../logger.ts';
import { PolicyTable } from '../policy-table.ts';
import type { Registry, RegistryHealth, RegistryListener, UpdateOutcome } from '../port.ts';
import type { UserStatus } from '../status.ts';
import type { Accounts } from '../accounts.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { Ending, SessionRecord, SessionRef } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { AccountCalls } from './account-calls.ts';
import { makeAudit, type Audit } from './audit.ts';
import { unbroken, type BreakName } from './breaks.ts';
import { Connections } from './connection.ts';
import { claimDeployment, DeploymentMismatchError } from './deployment.ts';
import { EventWishWords } from './event-wish-words.ts';
import { FaultLog } from './fault-log.ts';
import { heardBy } from './heard.ts';
import { Heartbeat } from './heartbeat.ts';
import { makeInterest, type Interest } from './interest.ts';
import { Keys, mustFit } from './keys.ts';
import type { Lease } from './lease.ts';
import { makeNodeCalls } from './node-calls.ts';
import { NodeChannel } from './node-channel.ts';
import { outcomeOf, unavailable } from './outcomes.ts';
import { OwedUpdates, type Attempt, type OwedUpdate } from './owed-updates.ts';
import type { PresenceCalls } from './presence-calls.ts';
import { RedisEventFeed } from './redis-event-feed.ts';
import type { RedisRegistrySettings } from './settings.ts';
import { RedisPolicies } from './redis-policies.ts';
import { RedisAccounts } from './redis-accounts.ts';
import { RedisNodes } from './redis-nodes.ts';
import { RedisPushes } from './redis-pushes.ts';
import type { ScriptCalls } from './script-calls.ts';
import { loadScripts } from './scripts.ts';
import { storeFault } from './store-fault.ts';
import { Sweep } from './sweep.ts';
import type { TimedCalls } from './timed-calls.ts';
import { RedisTraffic } from './redis-traffic.ts';

/** The registry in Redis 7.0 or newer: one script call for each operation, all of them safe to repeat. */
export class RedisRegistry implements Registry {
  readonly nodeId: string;
  readonly #settings: RedisRegistrySettings;
  readonly #keys: Keys;
  readonly #log: FaultLog;
  readonly #connections: Connections;
  readonly #calls: ScriptCalls;
  readonly #channel: NodeChannel;
  readonly #owed: OwedUpdates;
  readonly #lease: Lease;
  readonly #audit: Audit;
  readonly #presence: PresenceCalls;
  readonly #timed: TimedCalls;
  readonly #interest: Interest;
  readonly #heartbeat: Heartbeat;
  readonly counters = new RegistryCounters();
  readonly accounts: Accounts;
  readonly traffic: RedisTraffic;
  readonly nodes: RedisNodes;
  readonly pushes: RedisPushes;
  readonly events: RedisEventFeed;
  readonly policies: RedisPolicies;
  #mismatch = '';
  #countByApp: () => ReadonlyMap<number, number> = () => new Map();

  /**
   * `nodeId` goes into every record and must never have been used before. Throws when it or the prefix
   * has characters that records or hash tags have a use for.
   */
  constructor(settings: RedisRegistrySettings, nodeId: string, logger: RegistryLogger) {
    mustFit(nodeId, settings.prefix);
    this.nodeId = nodeId;
    this.#settings = settings;
    this.#keys = new Keys(settings.prefix, settings.partitions);
    this.#log = new FaultLog(logger);
    const breaks = settings.breaks ?? unbroken;
    const scripts = loadScripts(breaks);
    this.#connections = new Connections(
      { ...settings, name: `${settings.prefix}:${nodeId}` },
      { scripts, homeKey: this.#keys.leases, log: this.#log },
    );
    const { pushOnlineS, convergePerS, leaseS, eventLeaseMs = leaseS * 1000 + 2000 } = settings;
    const events = new EventWishWords(this.#keys, settings.events ?? new Map());
    const policies = new PolicyTable(settings.policies ?? new Map());
    const common = { connections: this.#connections, scripts, keys: this.#keys };
    const shared = { ...common, events, policies, pushOnlineS };
    this.events = new RedisEventFeed({ ...shared, log: this.#log, leaseMs: eventLeaseMs }, nodeId);
    const { lease, calls, presence, timed } = makeNodeCalls(shared, nodeId, settings);
    this.#lease = lease;
    this.#calls = calls;
    this.#presence = presence;
    this.#timed = timed;
    const { subscriber } = this.#connections;
    this.#channel = new NodeChannel(subscriber, this.#keys.channel(nodeId), this.#log);
    this.#owed = new OwedUpdates(
      (update) => this.#settle(update),
      () => this.#log.error('too many updates wait for Redis: one was given up'),
    );
    this.traffic = new RedisTraffic(shared, nodeId);
    this.nodes = new RedisNodes(shared, nodeId, settings.commandTimeoutMs);
    lease.says = () => this.nodes.loadText;
    const mismatch = (): string => this.#mismatch;
    this.accounts = new RedisAccounts(new AccountCalls(shared), timed, mismatch);
    this.pushes = new RedisPushes({ ...shared, timed, mismatch, keeping: settings.keeping });
    const { nodes } = this;
    const known = { ...shared, timed, nodes, log: this.#log, convergePerS, mismatch };
    this.policies = new RedisPolicies(known, lease);
    const remove = (session: SessionRef): Promise<UpdateOutcome> => this.logout(session, 'lost');
    const audited = { ...settings, timed, calls, keys: this.#keys, remove, mismatch };
    this.#audit = makeAudit(audited, this.#log, this.counters);
    this.#interest = makeInterest(
      { keys: this.#keys, auditS: settings.auditS, presence: this.#presence },
      () => this.#mismatch,
      this.#log,
      this.counters,
    );
    this.#heartbeat = this.#makeHeartbeat(new Sweep(shared, this.#log, this.counters), breaks);
  }

  async start(listener: RegistryListener): Promise<void> {
    const startTimeoutMs = this.#settings.startTimeoutMs ?? 10_000;
    const endsAt = performance.now() + startTimeoutMs;
    this.nodes.self = listener.node;
    try {
      await this.#connections.open(startTimeoutMs);
      await this.#prepare();
      const renewed = (): void => {
        this.#heartbeat.doubt('a new subscription');
        this.events.mayHaveMissed();
        this.#heartbeat.hurry();
      };
      const { nodes, events } = this;
      const heard = heardBy(listener, {
        interest: this.#interest,
        nodes,
        events,
        policiesChanged: () => this.#heartbeat.hurry(),
      });
      await this.#channel.open(heard, renewed, endsAt - performance.now());
      await this.#heartbeat.start();
      this.#countByApp = () => listener.held.countByApp;
      this.#audit.start(listener, this.#settings.auditS * 1000);
      this.#interest.start(listener);
      this.events.start();
      this.policies.start(listener.held);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#connections.onAnswer = () => this.#heartbeat.hurry();
    this.#connections.onConnection = () => {
      this.#heartbeat.doubt('a new connection for commands');
      this.#prepare().then(
        () => this.#heartbeat.hurry(),
        (error: unknown) => {
          // Anything but a mismatch passes: the next connection comes here again.
          if (error instanceof DeploymentMismatchError) this.#log.error(error.message);
        },
      );
    };
  }

  async login(request: LoginRequest): Promise<LoginOutcome> {
    const refusal = this.#mismatch || this.#heartbeat.refusal;
    if (refusal !== '') return unavailable(refusal);
    // A caller that repeats a login wants the session again, whatever the failed first try left behind.
    if (this.#owed.size > 0) this.#owed.forgive(request.sessionId);
    try {
      const outcome = await this.#timed.login(request);
      if (outcome.kind === 'registered') this.traffic.loggedIn(request.sdkAppId);
      return outcome;
    } catch (error) {
      const fault = storeFault(error);
      // Its client was there, and has not left.
      if (fault.mayHaveHappened) this.#owe(request, 'lost');
      return unavailable(fault.message);
    }
  }

  async logout(session: SessionRef, ending: Ending): Promise<UpdateOutcome> {
    const outcome = await outcomeOf(this.#calls.logout(session, ending));
    if (outcome === 'unavailable') this.#owe(session, ending);
    return outcome;
  }

  async renew(session: SessionRef, ticket: TicketFacts): Promise<UpdateOutcome> {
    if (this.#owed.size > 0) this.#owed.forgiveRenewal(session.sessionId);
    const outcome = await outcomeOf(this.#calls.renew(session, ticket));
    if (outcome === 'unavailable') this.#owe(session, ticket);
    return outcome;
  }

  kick(user: UserRef, target: KickTarget, type: KickType): Promise<readonly KickedSession[]> {
    return this.#timed.kick(user, { target, type });
  }

  revoke(user: UserRef): Promise<Revocation> {
    return this.#timed.revoke(user);
  }

  ban(user: UserRef, endsAt: number): Promise<readonly KickedSession[]> {
    return this.#timed.ban(user, endsAt);
  }

  unban(user: UserRef): Promise<boolean> {
    return this.#timed.unban(user);
  }

  restrictions(user: UserRef): Promise<Restrictions> {
    return this.#timed.restrictions(user);
  }

  sessions(user: UserRef): Promise<readonly SessionRecord[]> {
    return this.#calls.sessions(user);
  }

  setStatus(session: SessionRef, customStatus: string): Promise<UpdateOutcome> {
    return outcomeOf(this.#timed.setStatus(session, customStatus));
  }

  watch(users: readonly UserRef[]): Promise<readonly UserStatus[]> {
    return this.#interest.ask(users, true);
  }

  statuses(users: readonly UserRef[]): Promise<readonly UserStatus[]> {
    return this.#interest.ask(users, false);
  }

  health(): RegistryHealth {
    const { isAnswering, refusal } = this.#connections;
    const reasons = [
      this.#mismatch,
      isAnswering ? '' : 'Redis does not answer',
      refusal === '' ? '' : `Redis takes no writes: ${refusal}`,
      this.#heartbeat.refusal,
    ].filter((reason) => reason !== '');
    return {
      ready: reasons.length === 0,
      reasons,
      // Each subscription begins with a doubt.
      isAuditing: this.#heartbeat.isDoubted || !this.#channel.isSubscribed,
      leaseLeftMs: this.#lease.leftMs,
    };
  }

  /** Waits, at most one command time-out, for what is on its way: the logouts of a node that shuts down. */
  async stop(holdMs = 0): Promise<void> {
    this.#heartbeat.close();
    this.#channel.close();
    this.events.close();
    this.policies.close();
    const endsAt = performance.now() + this.#settings.commandTimeoutMs;
    while (this.#isBusy && performance.now() < endsAt) await delay(5);
    // With anything left behind the lease must run out instead, so that another node sweeps it.
    if (this.#isEmpty) await this.#lease.leave().catch(() => undefined);
    else if (holdMs > 0) await this.#lease.hold(holdMs).catch(() => undefined);
    this.#owed.close();
    this.#connections.close();
  }

  /** Whether this node has nothing in Redis, and nothing on its way that could put something there. */
  get #isEmpty(): boolean {
    const { inFlight } = this.#connections;
    const isIdle = inFlight === 0 && this.#owed.size === 0 && this.#audit.isSettled;
    return isIdle && this.#lease.isHeld && this.#audit.count === 0;
  }

  get #isBusy(): boolean {
    const { isAnswering, inFlight } = this.#connections;
    return isAnswering && (inFlight > 0 || this.#owed.size > 0);
  }

  /** Runs after each connect: Redis may be another one, or an emptied one, by now. */
  async #prepare(): Promise<void> {
    this.traffic.doubt();
    try {
      await claimDeployment(this.#connections, this.#keys);
      this.#mismatch = '';
    } catch (error) {
      if (error instanceof DeploymentMismatchError) this.#mismatch = error.message;
      throw error;
    }
  }

  #makeHeartbeat(sweep: Sweep, breaks: ReadonlySet<BreakName>): Heartbeat {
    return new Heartbeat(
      {
        lease: this.#lease,
        channel: this.#channel,
        audit: this.#audit,
        interest: this.#interest,
        sweep,
        log: this.#log,
        counters: this.counters,
        prepare: () => this.#prepare(),
        beaten: () => void this.traffic.tell(this.#countByApp()),
        breaks,
      },
      this.#settings.leaseS * 1000,
    );
  }

  #owe(session: SessionRef, change: OwedUpdate['change']): void {
    // A login that timed out may happen until its deadline by Redis's clock; a little more for the estimate's lag.
    const notBefore = performance.now() + (typeof change === 'string' ? 100 : 0);
    this.#owed.add({ session, change, notBefore });
  }

  async #settle({ session, change }: OwedUpdate): Promise<Attempt> {
    const call =
      typeof change === 'string'
        ? this.#calls.logout(session, change)
        : this.#calls.renew(session, change);
    return (await outcomeOf(call)) === 'unavailable' ? 'again' : 'over';
  }
}
