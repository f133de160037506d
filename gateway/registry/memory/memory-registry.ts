import type { KickType } from '../../../protocol/kick-types.ts';
import type { Registry, RegistryHealth, RegistryListener, UpdateOutcome } from '../port.ts';
import type { UserStatus } from '../status.ts';
import type { Accounts } from '../accounts.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { Ending, SessionRecord, SessionRef } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { RegistryCounters } from '../counters.ts';
import type { Traffic } from '../traffic.ts';
import type { Nodes } from '../node-port.ts';
import type { Pushes } from '../pushes.ts';
import type { Policies } from '../policy-port.ts';
import { MemoryAccounts } from './memory-accounts.ts';
import { MemoryNodes } from './memory-nodes.ts';
import type { EventFeed } from '../events.ts';
import { MemoryEventFeed } from './memory-event-feed.ts';
import { MemoryPolicies } from './memory-policies.ts';
import { MemoryStore } from './memory-store.ts';

const auditMs = 60_000;

/** The embedded registry: the same promises as the one in Redis, for the nodes of one process. */
export class MemoryRegistry implements Registry {
  readonly nodeId: string;
  readonly counters = new RegistryCounters();
  readonly accounts: Accounts;
  readonly traffic: Traffic;
  readonly nodes: Nodes;
  readonly pushes: Pushes;
  readonly events: EventFeed;
  readonly policies: Policies;
  readonly #store: MemoryStore;
  #isStarted = false;
  #auditTimer: NodeJS.Timeout | undefined;

  constructor(nodeId: string, store: MemoryStore = new MemoryStore()) {
    this.nodeId = nodeId;
    this.#store = store;
    this.accounts = new MemoryAccounts(store);
    this.traffic = { ofApp: (sdkAppId) => Promise.resolve(store.traffic.ofApp(sdkAppId)) };
    this.nodes = new MemoryNodes(store.nodes);
    this.pushes = store.pushes;
    this.events = new MemoryEventFeed(store.events);
    this.policies = new MemoryPolicies(store.hold);
  }

  start(listener: RegistryListener): Promise<void> {
    this.#store.nodes.join(this.nodeId, listener);
    this.#isStarted = true;
    this.#auditTimer = setInterval(() => this.#store.statuses.audit(this.nodeId), auditMs);
    this.#auditTimer.unref();
    return Promise.resolve();
  }

  login(request: LoginRequest): Promise<LoginOutcome> {
    return Promise.resolve(this.#store.logins.login(this.nodeId, request));
  }

  logout(session: SessionRef, ending: Ending): Promise<UpdateOutcome> {
    return Promise.resolve(this.#store.logins.logout(session, ending) ? 'done' : 'absent');
  }

  renew(session: SessionRef, ticket: TicketFacts): Promise<UpdateOutcome> {
    return Promise.resolve(this.#store.logins.renew(session, ticket) ? 'done' : 'absent');
  }

  kick(user: UserRef, target: KickTarget, type: KickType): Promise<readonly KickedSession[]> {
    return Promise.resolve(this.#store.acts.kick(user, target, type));
  }

  revoke(user: UserRef): Promise<Revocation> {
    return Promise.resolve(this.#store.acts.revoke(user));
  }

  ban(user: UserRef, endsAt: number): Promise<readonly KickedSession[]> {
    return Promise.resolve(this.#store.acts.ban(user, endsAt));
  }

  unban(user: UserRef): Promise<boolean> {
    return Promise.resolve(this.#store.acts.unban(user));
  }

  restrictions(user: UserRef): Promise<Restrictions> {
    return Promise.resolve(this.#store.acts.restrictions(user));
  }

  sessions(user: UserRef): Promise<readonly SessionRecord[]> {
    const records = this.#store.book.find(user)?.newestFirst.map(({ record }) => record);
    return Promise.resolve(records ?? []);
  }

  setStatus(session: SessionRef, customStatus: string): Promise<UpdateOutcome> {
    return Promise.resolve(this.#store.statuses.set(session, customStatus) ? 'done' : 'absent');
  }

  watch(users: readonly UserRef[]): Promise<readonly UserStatus[]> {
    return Promise.resolve(this.#store.statuses.watch(this.nodeId, users));
  }

  statuses(users: readonly UserRef[]): Promise<readonly UserStatus[]> {
    return Promise.resolve(this.#store.statuses.of(users));
  }

  health(): RegistryHealth {
    return this.#isStarted
      ? { ready: true, reasons: [], isAuditing: false, leaseLeftMs: Infinity }
      : {
          ready: false,
          reasons: ['the embedded registry has not been started'],
          isAuditing: false,
          leaseLeftMs: Infinity,
        };
  }

  stop(): Promise<void> {
    this.#isStarted = false;
    clearInterval(this.#auditTimer);
    this.#store.nodes.leave(this.nodeId);
    return Promise.resolve();
  }
}
