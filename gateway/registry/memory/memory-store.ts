import type { KickType } from '../../../protocol/kick-types.ts';
import { isAway, type Ending, type SessionRecord, type SessionRef } from '../session-record.ts';
import type { RegistryListener } from '../port.ts';
import type { Status, UserStatus } from '../status.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { UserRef } from '../user.ts';
import { dayOf } from '../activity.ts';
import { keepsNothing } from '../pushes.ts';
import { retention } from '../retention.ts';
import type { NodeAnswer, NodeQuestion, NodeStanding } from '../node-port.ts';
import { MemoryHold } from './memory-hold.ts';
import type { MemoryStoreSettings } from './store-settings.ts';
import { Endings, type KickStamp } from './endings.ts';
import { drawEvictions, victimsOf } from './evictions.ts';
import { AccountBook } from './account-book.ts';
import { MemoryPushes } from './memory-pushes.ts';
import { endingEvents, MemoryEvents, type EventDetail } from './memory-events.ts';
import { Nodes } from './nodes.ts';
import { factsOf, isRevoked } from './tickets.ts';
import { TrafficBook } from './traffic-book.ts';
import type { UserRecord } from './user-record.ts';
import { Users } from './users.ts';
import { Watchers } from './watchers.ts';

/** How many users a login looks at to forget those of whom nothing is left. */
const swept = 2;

const unknown: Status = { state: 'offline', platforms: [], customStatus: '', version: 0 };

/**
 * The registry's data in the memory of one process. One store may serve several nodes of that process, as in
 * tests. Every method is one atomic step; notifications leave it later, in order.
 */
export class MemoryStore {
  readonly accounts = new AccountBook();
  readonly traffic = new TrafficBook();
  readonly pushes: MemoryPushes;
  readonly hold: MemoryHold;
  readonly #users = new Users();
  readonly #nodes = new Nodes();
  readonly #watchers = new Watchers(this.#nodes);
  readonly events: MemoryEvents;
  readonly #endings: Endings;
  readonly #nowMs: () => number;
  readonly #pushOnlineS: number;
  readonly #revocationLifeS: number;
  /** The largest epoch given to any user: a user who was forgotten in between is never given an old one. */
  #epoch = 0;

  /** `nowMs` tells Unix milliseconds. */
  constructor(nowMs: () => number = Date.now, settings: MemoryStoreSettings = {}) {
    this.#nowMs = nowMs;
    this.pushes = new MemoryPushes({
      nodes: this.#nodes,
      find: (user) => this.#userOf(user, this.#nowS()),
      nowMs,
      keeping: settings.keeping ?? keepsNothing,
    });
    this.events = new MemoryEvents(settings.events ?? new Map());
    this.#endings = new Endings(this.#nodes, this.events);
    this.hold = new MemoryHold(settings.policies ?? new Map(), {
      users: this.#users,
      find: (user) => this.#userOf(user, this.#nowS()),
      end: (ref, user, act) => {
        const seen = this.#watchers.seenOf(ref, user);
        const version = this.#nextEpoch();
        act(this.#endings, version);
        this.#changed(ref, user, { seen, version });
      },
      nowMs,
    });
    this.#pushOnlineS = settings.pushOnlineS ?? 7 * 24 * 3600;
    this.#revocationLifeS = settings.revocationLifeS ?? retention.revocationLifeS;
  }

  /** Users of whom anything is known. */
  get userCount(): number {
    return this.#users.count;
  }

  /** The day it is, as activity.ts counts days. */
  today(): number {
    return dayOf(this.#nowMs());
  }

  listen(nodeId: string, listener: RegistryListener): void {
    this.#nodes.join(nodeId, listener);
  }

  leave(nodeId: string): void {
    this.#nodes.leave(nodeId);
  }

  nodes(): readonly NodeStanding[] {
    return this.#nodes.standings();
  }

  askNode(nodeId: string, question: NodeQuestion): NodeAnswer | undefined {
    return this.#nodes.listener(nodeId)?.node?.asked(question);
  }

  login(nodeId: string, asked: LoginRequest): LoginOutcome {
    const policy = this.hold.table.of(asked);
    const request = policy === asked.policy ? asked : { ...asked, policy };
    const nowMs = this.#nowMs();
    const nowS = Math.floor(nowMs / 1000);
    this.#forgetSome(nowMs);
    const user = this.#userOf(request, nowS) ?? this.#users.add(request);
    const older = user.sessionOf(request.instanceId);
    const mark = user.markOf(request.instanceId);
    const answer = user.answerOf(request, nowS);
    if (answer !== undefined) return answer;

    const seen = this.#watchers.seenOf(request, user);
    const { instanceId, sessionId, platform, ticketEndsAt } = request;
    const epoch = Math.max(this.#epoch + 1, nowMs);
    const record = { instanceId, sessionId, nodeId, platform, epoch, ticketEndsAt };
    const victims = victimsOf(user, record, request, nowS);
    if (victims.length > 0) {
      const damped = drawEvictions(user, request, victims, nowMs);
      if (damped !== undefined) return damped;
    }
    this.#epoch = epoch;
    const today = dayOf(nowMs);
    this.accounts.note(request, today);
    this.traffic.loggedIn(request.sdkAppId, today, this.#nodes.sessionsOf(request.sdkAppId));
    if (older !== undefined) {
      user.removeSession(older, epoch);
      this.#nodes.tell(older.record.nodeId, (listener) =>
        listener.replaced(older.record.sessionId),
      );
    }
    if (mark !== undefined) user.removeMark(mark);
    const earlier = older ?? mark ?? user.lostOf(request.instanceId);
    user.removeLost(request.instanceId);
    user.addSession(record, factsOf(request), earlier);
    const kickedPlatforms = victims.map((victim) => victim.record.platform);
    this.#tell(request, record, { kind: 'login', isRestored: false, kickedPlatforms });
    this.#endings.evict(user, victims, request, { atMs: nowMs, epoch });
    this.#changed(request, user, { seen, version: epoch });
    return { kind: 'registered', epoch };
  }

  logout(session: SessionRef, ending: Ending): boolean {
    const nowS = this.#nowS();
    const user = this.#userOf(session, nowS);
    const stored = user?.sessionOf(session.instanceId);
    if (user === undefined || stored?.record.sessionId !== session.sessionId) return false;
    const seen = this.#watchers.seenOf(session, user);
    const version = this.#nextEpoch();
    user.removeSession(stored, version);
    if (isAway(ending)) user.addLost(stored, nowS);
    this.#tell(session, stored.record, { kind: endingEvents[ending] });
    // With no time for push-online a lost mobile is gone at once.
    user.trimLost(nowS, this.#pushOnlineS);
    this.#changed(session, user, { seen, version });
    return true;
  }

  renew(session: SessionRef, ticket: TicketFacts): boolean {
    const user = this.#userOf(session, this.#nowS());
    const stored = user?.sessionOf(session.instanceId);
    if (user === undefined || stored?.record.sessionId !== session.sessionId) return false;
    if (user.revocation !== undefined && isRevoked(user.revocation, ticket)) {
      this.#kick(session, { instanceIds: [session.instanceId] }, 'REST', 'revoked');
      return false;
    }
    user.rememberTicket(stored, Math.max(user.version, this.#nowMs()));
    stored.ticket = factsOf(ticket);
    stored.record = { ...stored.record, ticketEndsAt: ticket.ticketEndsAt };
    return true;
  }

  kick(ref: UserRef, target: KickTarget, type: KickType): readonly KickedSession[] {
    return this.#kick(ref, target, type, 'kicked');
  }

  #kick(
    ref: UserRef,
    target: KickTarget,
    type: KickType,
    eventKind: KickStamp['eventKind'],
  ): readonly KickedSession[] {
    const user = this.#userOf(ref, this.#nowS());
    if (user === undefined) return [];
    const seen = this.#watchers.seenOf(ref, user);
    const version = this.#nextEpoch();
    const stamp = { type, epoch: version, eventKind, atMs: this.#nowMs() };
    const { ended, isChanged } = this.#endings.end(ref, user, target, stamp);
    if (isChanged) this.#changed(ref, user, { seen, version });
    return ended;
  }

  revoke(ref: UserRef): Revocation {
    const nowS = this.#nowS();
    const user = this.#userOf(ref, nowS) ?? this.#users.add(ref);
    const seen = this.#watchers.seenOf(ref, user);
    const version = this.#nextEpoch();
    const { ended } = this.#endings.end(ref, user, 'all', {
      type: 'REST',
      eventKind: 'revoked',
      epoch: version,
      atMs: this.#nowMs(),
    });
    user.revoke(version, nowS + this.#revocationLifeS);
    this.#changed(ref, user, { seen, version });
    return { atMs: version, ended };
  }

  ban(ref: UserRef, endsAt: number): readonly KickedSession[] {
    const at = this.#nowS();
    const user = this.#userOf(ref, at) ?? this.#users.add(ref);
    const seen = this.#watchers.seenOf(ref, user);
    const version = this.#nextEpoch();
    const { ended } = this.#endings.end(ref, user, 'all', {
      type: 'banned',
      eventKind: 'banned',
      epoch: version,
      atMs: this.#nowMs(),
    });
    user.ban = { at, endsAt };
    this.#changed(ref, user, { seen, version });
    return ended;
  }

  unban(ref: UserRef): boolean {
    const { ban } = this.restrictions(ref);
    const user = this.#users.find(ref);
    if (user !== undefined) user.ban = undefined;
    return ban !== undefined;
  }

  restrictions(ref: UserRef): Restrictions {
    const user = this.#users.find(ref);
    const isBanned = user?.ban !== undefined && user.ban.endsAt * 1000 > this.#nowMs();
    return { ban: isBanned ? user.ban : undefined, revokedAtMs: user?.revocation?.epoch };
  }

  sessions(ref: UserRef): readonly SessionRecord[] {
    return this.#userOf(ref, this.#nowS())?.newestFirst.map(({ record }) => record) ?? [];
  }

  setStatus(session: SessionRef, customStatus: string): boolean {
    const user = this.#userOf(session, this.#nowS());
    const stored = user?.sessionOf(session.instanceId);
    if (user === undefined || stored?.record.sessionId !== session.sessionId) return false;
    if (user.customStatus === customStatus) return true;
    const seen = this.#watchers.seenOf(session, user);
    user.customStatus = customStatus;
    this.#tell(session, stored.record, { kind: 'customStatus', customStatus });
    this.#changed(session, user, { seen, version: this.#nextEpoch() });
    const { status } = user;
    for (const { record } of user.newestFirst) {
      if (record.sessionId === session.sessionId) continue;
      this.#nodes.tell(record.nodeId, (listener) =>
        listener.ownStatusChanged(record.sessionId, status),
      );
    }
    return true;
  }

  watch(nodeId: string, refs: readonly UserRef[]): readonly UserStatus[] {
    for (const ref of refs) this.#watchers.add(nodeId, ref);
    return this.statuses(refs);
  }

  statuses(refs: readonly UserRef[]): readonly UserStatus[] {
    const nowS = this.#nowS();
    return refs.map(({ sdkAppId, userId }) => {
      const user = { sdkAppId, userId };
      return { user, ...(this.#userOf(user, nowS)?.status ?? unknown) };
    });
  }

  /** Looks at every user the node watches: for some of them push-online may have ended. */
  audit(nodeId: string): void {
    const nowS = this.#nowS();
    for (const ref of this.#nodes.listener(nodeId)?.watched.all() ?? []) this.#userOf(ref, nowS);
  }

  /** A change of a user is done: gives it its version, and tells those who watch if they see another status now. */
  #changed(
    ref: UserRef,
    user: UserRecord,
    { seen, version }: { readonly seen: string | undefined; readonly version: number },
  ): void {
    user.version = version;
    if (user.state === 'offline') user.customStatus = '';
    if (user.isEmptyAt(this.#nowMs())) this.#users.remove(ref);
    this.#watchers.tell(ref, user.status, seen);
  }

  #tell({ sdkAppId, userId }: UserRef, record: SessionRecord, what: EventDetail): void {
    const { instanceId, sessionId, platform, nodeId } = record;
    const atMs = this.#nowMs();
    this.events.add({ sdkAppId, userId, instanceId, sessionId, platform, nodeId, atMs, ...what });
  }

  #nextEpoch(): number {
    this.#epoch = Math.max(this.#epoch + 1, this.#nowMs());
    return this.#epoch;
  }

  #nowS(): number {
    return Math.floor(this.#nowMs() / 1000);
  }

  /** The user's record as it is now: the end of a time, such as that of push-online, is a change like any other. */
  #userOf(ref: UserRef, nowS: number): UserRecord | undefined {
    const user = this.#users.find(ref);
    if (user === undefined) return undefined;
    const seen = this.#watchers.seenOf(ref, user);
    const { state } = user;
    if (user.trimLost(nowS, this.#pushOnlineS) && user.state !== state)
      this.#changed(ref, user, { seen, version: this.#nextEpoch() });
    return this.#users.find(ref);
  }

  /** Walks on through all users, a few a login, so that marks nobody comes back for do not stay for ever. */
  #forgetSome(nowMs: number): void {
    for (let i = 0; i < swept; i += 1) {
      const next = this.#users.next();
      if (next === undefined) return;
      const { ref, user } = next;
      user.trimMarks(Math.floor(nowMs / 1000));
      this.#userOf(ref, Math.floor(nowMs / 1000));
      if (user.isEmptyAt(nowMs)) this.#users.remove(ref);
    }
  }
}
