import type { KickType } from '../../../protocol/kick-types.ts';
import { RegistryCounters } from '../counters.ts';
import type { RegistryLogger } from '../logger.ts';
import type { Registry, RegistryHealth, RegistryListener, UpdateOutcome } from '../port.ts';
import type { UserStatus } from '../status.ts';
import type { Accounts } from '../accounts.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { Ending, SessionRecord, SessionRef } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { AccountCalls } from './account-calls.ts';
import { makeAudit } from './audit.ts';
import { Deployment } from './deployment.ts';
import { FaultLog } from './fault-log.ts';
import { makeInterest, type Interest } from './interest.ts';
import { mustFit } from './keys.ts';
import { makeCallParts, makeNodeCalls } from './node-calls.ts';
import { NodeLife } from './node-life.ts';
import { NodeChannel } from './node-channel.ts';
import { outcomeOf, unavailable } from './outcomes.ts';
import { RedisEventFeed } from './redis-event-feed.ts';
import type { RedisRegistrySettings } from './settings.ts';
import { RedisPolicies } from './redis-policies.ts';
import { RedisAccounts } from './redis-accounts.ts';
import { RedisNodes } from './redis-nodes.ts';
import { RedisPushes } from './redis-pushes.ts';
import type { ScriptCalls } from './script-calls.ts';
import { SessionUpdates } from './session-updates.ts';
import { storeFault } from './store-fault.ts';
import { Sweep } from './sweep.ts';
import type { TimedCalls } from './timed-calls.ts';
import { RedisTraffic } from './redis-traffic.ts';

/** The registry in Redis 7.0 or newer: one script call for each operation, all of them safe to repeat. */
export class RedisRegistry implements Registry {
  readonly nodeId: string;
  readonly counters = new RegistryCounters();
  readonly accounts: Accounts;
  readonly traffic: RedisTraffic;
  readonly nodes: RedisNodes;
  readonly pushes: RedisPushes;
  readonly events: RedisEventFeed;
  readonly policies: RedisPolicies;
  readonly #calls: ScriptCalls;
  readonly #timed: TimedCalls;
  readonly #updates: SessionUpdates;
  readonly #interest: Interest;
  readonly #life: NodeLife;

  /**
   * `nodeId` goes into every record and must never have been used before. Throws when it or the prefix
   * has characters that records or hash tags have a use for.
   */
  constructor(settings: RedisRegistrySettings, nodeId: string, logger: RegistryLogger) {
    mustFit(nodeId, settings.prefix);
    this.nodeId = nodeId;
    const { counters } = this;
    const log = new FaultLog(logger);
    const shared = makeCallParts(settings, nodeId, log);
    const { connections, keys } = shared;
    const { lease, calls, presence, timed } = makeNodeCalls(shared, nodeId, settings);
    const { convergePerS, auditS, keeping, leaseS, eventLeaseMs = leaseS * 1000 + 2000 } = settings;
    const deployment = new Deployment(connections, keys);
    const updates = new SessionUpdates(calls, log);
    this.#calls = calls;
    this.#timed = timed;
    this.#updates = updates;
    this.events = new RedisEventFeed({ ...shared, log, leaseMs: eventLeaseMs }, nodeId);
    this.traffic = new RedisTraffic(shared, nodeId);
    this.nodes = new RedisNodes(shared, nodeId, settings.commandTimeoutMs);
    lease.says = () => this.nodes.loadText;
    this.accounts = new RedisAccounts(new AccountCalls(shared), timed, deployment);
    this.pushes = new RedisPushes({ ...shared, timed, deployment, keeping });
    const { traffic, nodes, events } = this;
    const known = { ...shared, timed, nodes, log, convergePerS, deployment };
    this.policies = new RedisPolicies(known, lease);
    const { policies } = this;
    const remove = (session: SessionRef): Promise<UpdateOutcome> => updates.logout(session, 'lost');
    const audit = makeAudit({ ...settings, timed, calls, keys, remove, deployment }, log, counters);
    const interest = makeInterest({ keys, auditS, presence, deployment }, log, counters);
    this.#interest = interest;
    const channel = new NodeChannel(connections.subscriber, keys.channel(nodeId), log);
    const sweep = new Sweep(shared, log, counters);
    const heard = { channel, audit, interest, nodes, events, policies };
    const kept = { connections, deployment, lease, sweep, updates, traffic, log, counters };
    this.#life = new NodeLife({ ...heard, ...kept }, settings);
  }

  start(listener: RegistryListener): Promise<void> {
    return this.#life.start(listener);
  }

  async login(request: LoginRequest): Promise<LoginOutcome> {
    const { refusal } = this.#life;
    if (refusal !== '') return unavailable(refusal);
    this.#updates.forgive(request.sessionId);
    try {
      const outcome = await this.#timed.login(request);
      if (outcome.kind === 'registered') this.traffic.loggedIn(request.sdkAppId);
      return outcome;
    } catch (error) {
      const fault = storeFault(error);
      if (fault.mayHaveHappened) this.#updates.takeBack(request);
      return unavailable(fault.message);
    }
  }

  logout(session: SessionRef, ending: Ending): Promise<UpdateOutcome> {
    return this.#updates.logout(session, ending);
  }

  renew(session: SessionRef, ticket: TicketFacts): Promise<UpdateOutcome> {
    return this.#updates.renew(session, ticket);
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
    return this.#life.health();
  }

  /** Waits, at most one command time-out, for what is on its way: the logouts of a node that shuts down. */
  stop(holdMs = 0): Promise<void> {
    return this.#life.stop(holdMs);
  }
}
