import type { KickType } from '../../protocol/kick-types.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { PresenceState } from '../../protocol/presence-fields.ts';
import type { LoginPolicy } from '../policy/login-policy.ts';
import type { UserActivity } from './activity.ts';
import type { NodeSelf, Nodes } from './node-port.ts';
import type { RegistryCounters } from './counters.ts';
import type { Policies } from './policy-port.ts';
import type { Traffic } from './traffic.ts';
import type { Pushes, PushListener } from './pushes.ts';
import type { EventFeed } from './events.ts';

/** One user of one app. */
export interface UserRef {
  readonly sdkAppId: number;
  readonly userId: string;
}

/** One session and nothing else: a later session of the same instance has another sessionId. */
export interface SessionRef extends UserRef {
  readonly instanceId: string;
  readonly sessionId: string;
}

/** What the registry goes by of a ticket: when it ends, and whether it was revoked (rule REVOKE-1). */
export interface TicketFacts {
  /** Unix seconds; the record may be forgotten some time after it. */
  readonly ticketEndsAt: number;
  /** Unix seconds, by the clock of whoever made the ticket. */
  readonly ticketIssuedAt: number;
  /** Tells it from other tickets of the same second, and opens no door: a few characters without spaces or commas. */
  readonly ticketFingerprint: string;
}

/** What a login asks of the registry. */
export interface LoginRequest extends SessionRef, TicketFacts {
  readonly platform: Platform;
  /** Refuse the login when this instance was kicked since its last one (rule KICK-6). */
  readonly refuseIfKicked: boolean;
  /** Sent by the client by itself, not because its application asked: it is damped earlier (rule KICK-8). */
  readonly isAutomatic: boolean;
  /** As the configuration has it; one that was set at run time goes before it (see policy-port.ts). */
  readonly policy: LoginPolicy;
}

/** A session this node holds, as the registry must know it. */
export interface HeldSession extends LoginRequest {
  /** As its login was answered. */
  readonly epoch: number;
}

/** A kick as a durable fact: it names the session it ended, never just its user or instance. */
export interface Kick {
  readonly sessionId: string;
  readonly type: KickType;
  /** Platform and instance of the login that did it; empty when no login did. */
  readonly byPlatform: Platform | '';
  readonly byInstanceId: string;
  /** Unix seconds by the registry's clock. */
  readonly at: number;
}

/** A session that stays because the login that would have ended it was damped. */
export interface Rival {
  readonly instanceId: string;
  readonly platform: Platform;
}

/** What became of a login. Refusals are values, never exceptions. */
export type LoginOutcome =
  /** It holds. `epoch` orders the logins of one user; larger is newer. */
  | { readonly kind: 'registered'; readonly epoch: number }
  /** The instance was kicked while it was away, or this very session was, before its answer came. */
  | { readonly kind: 'kicked'; readonly kick: Kick }
  /** The user may not log in; until when in Unix seconds, Infinity = until the ban is lifted (rule BAN-1). */
  | { readonly kind: 'banned'; readonly endsAt: number }
  /** The ticket was issued before a revocation at `at`, in Unix seconds by the registry's clock (rule REVOKE-1). */
  | { readonly kind: 'revoked'; readonly at: number }
  /** The same instance has logged in elsewhere since this request was sent. */
  | { readonly kind: 'replaced' }
  /**
   * It would have pushed out `rivals`, and the user's devices have done that too often of late (rule KICK-8). Nothing
   * was changed; after `waitMs` one such login may go ahead.
   */
  | { readonly kind: 'damped'; readonly rivals: readonly Rival[]; readonly waitMs: number }
  /** The registry did not answer, or refused for a reason that will pass; the outcome is unknown. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number };

/** What became of an update of one session: done, no such session any more, or not known. */
export type UpdateOutcome = 'done' | 'absent' | 'unavailable';

/** One live session as the registry holds it. */
export interface SessionRecord {
  readonly instanceId: string;
  readonly sessionId: string;
  readonly nodeId: string;
  readonly platform: Platform;
  readonly epoch: number;
  /** Unix seconds. */
  readonly ticketEndsAt: number;
}

/**
 * Which sessions of a user a kick ends: all, those of some instances, or exactly these. A sessionId never hits a
 * successor (rule KICK-3).
 */
export type KickTarget =
  | 'all'
  | { readonly instanceIds: readonly string[] }
  | { readonly sessionIds: readonly string[] };

/** A session that was ended by a call, and why. */
export interface KickedSession {
  readonly session: SessionRecord;
  readonly kick: Kick;
}

/** What a revocation did. */
export interface Revocation {
  /** Unix milliseconds by the registry's clock: tickets issued before are dead. */
  readonly atMs: number;
  /** The sessions it ended, newest first. */
  readonly ended: readonly KickedSession[];
}

/** A user may not log in. */
export interface Ban {
  /** Unix seconds, when it was laid on the user. */
  readonly at: number;
  /** Unix seconds; Infinity = until it is lifted. */
  readonly endsAt: number;
}

/** What a back end has laid on a user, as it holds now. */
export interface Restrictions {
  readonly ban: Ban | undefined;
  /** Unix milliseconds of the last revocation of the user's tickets that is still known. */
  readonly revokedAtMs: number | undefined;
}

/** What a back end may lay on a user. Each call rejects when the store does not answer; then nothing will happen any more. */
export interface RestrictedUsers {
  /**
   * Kills every ticket of the user that was issued before this instant, and ends all sessions as a kick of the type
   * REST does. Of tickets of this very second those die that were used by now (rules REVOKE-1, REVOKE-2).
   */
  revoke(user: UserRef): Promise<Revocation>;
  /**
   * Refuses every login of the user until `endsAt` (Unix seconds; Infinity = until it is lifted), and ends all sessions
   * as kicks of the type banned. Another ban takes the place of an earlier one (rule BAN-1).
   */
  ban(user: UserRef, endsAt: number): Promise<readonly KickedSession[]>;
  /** Lifts a ban. Whether there was one. */
  unban(user: UserRef): Promise<boolean>;
  restrictions(user: UserRef): Promise<Restrictions>;
}

/**
 * The users that are known beyond what their sessions leave behind: who has logged in once, or was imported. Each call
 * rejects when the store does not answer; then nothing will happen any more.
 */
export interface Accounts {
  /** Signs users up; those who are known stay so. */
  import(users: readonly UserRef[]): Promise<void>;
  /** Which of these users have an account, in the given order. */
  exist(users: readonly UserRef[]): Promise<readonly boolean[]>;
  /** How many users have one, and how many were active on which day. */
  activity(sdkAppId: number): Promise<UserActivity>;
  /** Takes away the account, if there is one, and does what a revocation does, in one step. */
  delete(user: UserRef): Promise<Deletion>;
}

/** What the deletion of an account did. */
export interface Deletion extends Revocation {
  /** Whether there was an account. */
  readonly wasThere: boolean;
}

/** The sessions of this node whose login was acknowledged: the truth that the registry is compared with. */
export interface HeldSessions {
  readonly count: number;
  /** Those of each app and the logins under way, by SDKAppID. */
  readonly countByApp: ReadonlyMap<number, number>;
  /** May be walked over many turns of the event loop, while sessions come and go. */
  all(): Iterable<HeldSession>;
  /** Whether the session, or a login that will be it, is still here. */
  has(sessionId: string): boolean;
}

/**
 * How a session ended. After `lost` and `timedOut` its instance is away and may come back (see docs/decisions/009).
 */
export type Ending =
  /** The user left. */
  | 'left'
  /** The gateway closed the connection for good. */
  | 'closed'
  /** The ticket ended and was not renewed in time. */
  | 'expired'
  /** The link was lost, and its hold is over. */
  | 'lost'
  /** The same; the link had gone silent. */
  | 'timedOut';

/** Whether the instance of a session that ended so is away and may come back. */
export function isAway(ending: Ending): boolean {
  return ending === 'lost' || ending === 'timedOut';
}

/** What others may see of a user. */
export interface Status {
  readonly state: PresenceState;
  /** The platforms that are online, each once, in the order of `platforms`; empty unless `state` is online. */
  readonly platforms: readonly Platform[];
  /** Set by the user, at most 100 bytes of UTF-8; empty when none is set and always when offline. */
  readonly customStatus: string;
  /** Larger is newer; 0: the registry knows nothing of this user. */
  readonly version: number;
}

/** The status of one user. */
export interface UserStatus extends Status {
  readonly user: UserRef;
}

/** The users this node watches: the registry renews its interest in them and tells what it finds. */
export interface WatchedUsers {
  readonly count: number;
  /** May be walked over many turns of the event loop, while users come and go. */
  all(): Iterable<UserRef>;
  /** Whether anybody here still watches the user. */
  has(user: UserRef): boolean;
}

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
