import type { LoginRequest, TicketFacts } from '../login.ts';
import type { Ending, SessionRecord, SessionRef } from '../session-record.ts';
import type { HeldSession } from '../held-sessions.ts';
import type { UserRef } from '../user.ts';
import type { Connections } from './connection.ts';
import type { EventWishWords } from './event-wish-words.ts';
import type { Keys } from './keys.ts';
import { memberOf, parseMember } from './keys.ts';
import type { PolicyTable } from '../policy-table.ts';
import { policyText } from './policy-text.ts';
import { parseUser } from './records.ts';
import {
  parseAudit,
  parseRefusal,
  type AuditReply,
  type Late,
  type LoginReply,
} from './login-replies.ts';
import type { Scripts } from './scripts.ts';
import type { StoreClock } from './store-clock.ts';

/** A part of this node's index in one partition, as walk.lua answers. */
export interface IndexSlice {
  /** Where the next part begins; "0" when there is none. */
  readonly cursor: string;
  /** The sessions that name this node. */
  readonly sessions: readonly RecordedSession[];
}

/** A session as its record says. */
export interface RecordedSession extends SessionRef {
  /** Unix seconds; 0 where a revocation may have ended its ticket. */
  readonly ticketEndsAt: number;
}

/** Users that one call of walk.lua reads: some 0.5 ms of Redis. */
const usersPerSlice = 64;

/** What the calls of a node work with. */
export interface CallParts {
  readonly connections: Connections;
  readonly scripts: Scripts;
  readonly keys: Keys;
  readonly events: EventWishWords;
  readonly policies: PolicyTable;
  /** For how long a mobile instance that lost its link counts as push-online, in seconds. */
  readonly pushOnlineS: number;
}

/** The scripts as typed calls: arguments to words, replies to values. Every call rejects with StoreFault. */
export class ScriptCalls {
  readonly #scripts: Scripts;
  readonly #connections: Connections;
  readonly #keys: Keys;
  readonly #events: EventWishWords;
  readonly #policies: PolicyTable;
  readonly #nodeId: string;
  readonly #indexes: readonly string[];
  readonly #pushOnlineS: string;

  constructor(parts: CallParts, nodeId: string) {
    const { connections, scripts, keys, events, policies, pushOnlineS } = parts;
    this.#connections = connections;
    this.#scripts = scripts;
    this.#keys = keys;
    this.#events = events;
    this.#policies = policies;
    this.#nodeId = nodeId;
    this.#indexes = keys.nodeIndexes(nodeId);
    this.#pushOnlineS = String(pushOnlineS);
  }

  /** `notAfter` is Redis time in ms; 0 sets no deadline. */
  async login(request: LoginRequest, notAfter: number): Promise<LoginReply> {
    const member = memberOf(request);
    const partition = this.#keys.partitionOf(member);
    const letters = this.#events.letters(request.sdkAppId);
    const policy = this.#policies.of(request);
    const reply = await this.#connections.run(
      this.#scripts.login,
      this.#keys.user(partition, member),
      this.#index(partition),
      this.#keys.accounts(partition, request.sdkAppId),
      this.#keys.activity(partition, request.sdkAppId),
      request.instanceId,
      request.sessionId,
      this.#nodeId,
      request.platform,
      String(request.ticketEndsAt),
      mannerOf(request),
      policyText(policy),
      member,
      this.#keys.channelPrefix,
      String(notAfter),
      String(request.ticketIssuedAt),
      request.ticketFingerprint,
      request.userId,
      letters,
      letters === '' ? '' : this.#keys.events(partition, request.sdkAppId),
    );
    if (typeof reply === 'number') {
      if (letters !== '') this.#events.wrote(partition);
      this.#policies.decided(request, policy);
      return { kind: 'registered', epoch: reply };
    }
    return parseRefusal(reply as readonly string[]);
  }

  /** All in Redis time in ms: after `notAfter` nothing happens (0: no deadline), after `registerUntil` nothing is registered. */
  async audit(
    session: HeldSession,
    { notAfter, registerUntil }: { readonly notAfter: number; readonly registerUntil: number },
  ): Promise<AuditReply | Late> {
    const member = memberOf(session);
    const partition = this.#keys.partitionOf(member);
    const policy = this.#policies.of(session);
    const reply = await this.#connections.run(
      this.#scripts.audit,
      this.#keys.user(partition, member),
      this.#index(partition),
      this.#keys.accounts(partition, session.sdkAppId),
      this.#keys.activity(partition, session.sdkAppId),
      session.instanceId,
      session.sessionId,
      this.#nodeId,
      session.platform,
      String(session.ticketEndsAt),
      String(session.epoch),
      policyText(policy),
      member,
      this.#keys.channelPrefix,
      String(notAfter),
      String(registerUntil),
      String(session.ticketIssuedAt),
      session.ticketFingerprint,
      session.userId,
      this.#events.letters(session.sdkAppId),
      this.#events.stream(partition, session.sdkAppId),
    );
    // Whatever it changed: most audits find all as it should be.
    if (reply !== 1) this.#events.wrote(partition);
    this.#policies.decided(session, policy);
    return parseAudit(reply as number | readonly string[]);
  }

  /** A part of this node's index in a partition; `cursor` is "0" or that of the part before. */
  async walk(partition: number, cursor: string): Promise<IndexSlice> {
    const reply = await this.#connections.run(
      this.#scripts.walk,
      this.#index(partition),
      this.#nodeId,
      this.#keys.user(partition, ''),
      cursor,
      String(usersPerSlice),
    );
    const [next = '0', ...texts] = reply as readonly string[];
    const sessions: RecordedSession[] = [];
    for (let i = 0; i + 3 < texts.length; i += 4) {
      const [member = '', instanceId = '', sessionId = '', endsAt] = texts.slice(i, i + 4);
      const { sdkAppId, userId } = parseMember(member);
      sessions.push({ sdkAppId, userId, instanceId, sessionId, ticketEndsAt: Number(endsAt) });
    }
    return { cursor: next, sessions };
  }

  /** Whether the session was still there. */
  async logout(session: SessionRef, ending: Ending): Promise<boolean> {
    const member = memberOf(session);
    const partition = this.#keys.partitionOf(member);
    const reply = await this.#connections.run(
      this.#scripts.logout,
      this.#keys.user(partition, member),
      this.#index(partition),
      session.instanceId,
      session.sessionId,
      this.#nodeId,
      member,
      ending,
      this.#pushOnlineS,
      this.#keys.channelPrefix,
      this.#events.letters(session.sdkAppId),
      this.#events.stream(partition, session.sdkAppId),
    );
    if (reply === 1) this.#events.wrote(partition);
    return reply === 1;
  }

  /** Whether the session was still there, and stays. */
  async renew(session: SessionRef, ticket: TicketFacts): Promise<boolean> {
    const member = memberOf(session);
    const partition = this.#keys.partitionOf(member);
    const reply = await this.#connections.run(
      this.#scripts.renew,
      this.#keys.user(partition, member),
      this.#index(partition),
      session.instanceId,
      session.sessionId,
      String(ticket.ticketEndsAt),
      String(ticket.ticketIssuedAt),
      ticket.ticketFingerprint,
      member,
      this.#keys.channelPrefix,
      this.#events.letters(session.sdkAppId),
      this.#events.stream(partition, session.sdkAppId),
    );
    if (reply !== 1) this.#events.wrote(partition);
    return reply === 1;
  }

  /** The live sessions of a user, newest first: no script, the record is read as it is. */
  async sessions(user: UserRef): Promise<readonly SessionRecord[]> {
    const reply = await this.#connections.ask('hgetall', this.#userKey(user));
    return parseUser(reply as Readonly<Record<string, string>>);
  }

  /** The clock of the server that holds this user's record. Throws StoreFault when none is known. */
  clockOf(user: UserRef): StoreClock {
    return this.#connections.clockOf(this.#userKey(user));
  }

  #userKey(user: UserRef): string {
    const member = memberOf(user);
    return this.#keys.user(this.#keys.partitionOf(member), member);
  }

  #index(partition: number): string {
    return this.#indexes[partition] ?? '';
  }
}

/** Why a login comes, as login.lua wants it. */
function mannerOf({ isAutomatic, refuseIfKicked }: LoginRequest): string {
  if (refuseIfKicked) return 'return';
  return isAutomatic ? 'automatic' : 'own';
}
