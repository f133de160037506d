import type { KickType } from '../../protocol/kick-types.ts';
import type { Accounts } from './accounts.ts';
import type { RegistryCounters } from './counters.ts';
import type { EventFeed } from './events.ts';
import type { Kick, KickedSession, KickTarget } from './kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from './login.ts';
import type { NodeSelf, Nodes } from './node-port.ts';
import type { Policies } from './policy-port.ts';
import type { Pushes, PushListener } from './pushes.ts';
import type { RestrictedUsers } from './restrictions.ts';
import type { Ending, SessionRecord, SessionRef } from './session-record.ts';
import type { HeldSessions } from './held-sessions.ts';
import type { Status, UserStatus, WatchedUsers } from './status.ts';
import type { Traffic } from './traffic.ts';
import type { UserRef } from './user.ts';

/** What became of an update of one session: done, no such session any more, or not known. */
export type UpdateOutcome = 'done' | 'absent' | 'unavailable';

/** What the registry tells this node about sessions it holds and users it watches. Calls may repeat and may come late. */
export interface RegistryListener extends PushListener {
  /** The session `kick.sessionId` of this node is no longer in the registry. */
  kicked(kick: Kick): void;
  /** The same instance logged in again elsewhere: end the older session without a word. */
  replaced(sessionId: string): void;
  readonly held: HeldSessions;
  /** A watched user's status, which may be one that was told before or an older one: go by its version. */
  statusChanged(status: UserStatus): void;
  /** The user behind `sessionId` of this node has set a custom status on another instance. */
  ownStatusChanged(sessionId: string, status: Status): void;
  readonly watched: WatchedUsers;
  /** What other nodes may see and ask of this one; left out, it tells and answers nothing. */
  readonly node?: NodeSelf;
}

/** How the registry is, for readiness and metrics. */
export interface RegistryHealth {
  /** Whether a login would be accepted. */
  readonly ready: boolean;
  /** Why not, in words for an operator; empty when ready. */
  readonly reasons: readonly string[];
  /** Whether notifications may have been missed that no audit has made up for yet; logins may well be accepted. */
  readonly isAuditing: boolean;
  /** What is left of this node's lease; after it others take its sessions for dead. Infinity where nobody would. */
  readonly leaseLeftMs: number;
}

/**
 * The registry port: who is logged in where, for all nodes of a deployment. Two back ends implement it
 * (memory, Redis) and pass one conformance suite. No method throws for a fault of the store; each answers
 * within the configured command time-out.
 */
export interface Registry extends RestrictedUsers {
  /** The node this registry speaks for; every session it registers belongs to it. */
  readonly nodeId: string;
  /** Connects and begins to tell `listener`. Rejects when the deployment does not fit (say, another partition count). */
  start(listener: RegistryListener): Promise<void>;
  /**
   * Registers a session, evicts by policy, tells the victims' nodes: one atomic step. Safe to repeat with the
   * same sessionId. The caller must be able to find the session locally before it calls (rule KICK-5).
   */
  login(request: LoginRequest): Promise<LoginOutcome>;
  /**
   * Removes exactly this session (compare-and-delete); a newer session of the instance stays. A session whose
   * instance is away then leaves it behind: as push-online, and for a kick while it is away.
   */
  logout(session: SessionRef, ending: Ending): Promise<UpdateOutcome>;
  /**
   * Puts another ticket behind exactly this session. One that is revoked ends the session: the answer is `absent`, and
   * the listener is told of the kick (rule REVOKE-4).
   */
  renew(session: SessionRef, ticket: TicketFacts): Promise<UpdateOutcome>;
  /** Ends sessions of a user, with a durable mark for each. Rejects when the store does not answer. */
  kick(user: UserRef, target: KickTarget, type: KickType): Promise<readonly KickedSession[]>;
  /** The live sessions of a user, newest first. Rejects when the store does not answer. */
  sessions(user: UserRef): Promise<readonly SessionRecord[]>;
  /** Sets the custom status of the user behind a session, '' takes it away; tells watchers and the user's other sessions. */
  setStatus(session: SessionRef, customStatus: string): Promise<UpdateOutcome>;
  /**
   * Makes this node hear of every change of these users from now on and tells how they are: no gap lies between the
   * two. Interest ends by itself when `watched` no longer has the user. Rejects when the store does not answer.
   */
  watch(users: readonly UserRef[]): Promise<readonly UserStatus[]>;
  /** How these users are, in the given order. Rejects when the store does not answer. */
  statuses(users: readonly UserRef[]): Promise<readonly UserStatus[]>;
  readonly accounts: Accounts;
  readonly traffic: Traffic;
  readonly nodes: Nodes;
  readonly pushes: Pushes;
  /** What happened to sessions of the apps that want to know. */
  readonly events: EventFeed;
  readonly policies: Policies;
  health(): RegistryHealth;
  readonly counters: RegistryCounters;
  /**
   * Stops telling, closes connections. Sessions that are still held stay registered until another node sweeps them.
   * @param holdMs how long none should: their clients were told to come back within that time; 0 if left out
   */
  stop(holdMs?: number): Promise<void>;
}
