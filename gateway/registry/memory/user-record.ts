import type { PresenceState } from '../../../protocol/presence-fields.ts';
import { platforms, type Platform } from '../../../protocol/platforms.ts';
import type { Status } from '../status.ts';
import type { Ban } from '../restrictions.ts';
import type { Kick } from '../kick.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../login.ts';
import type { SessionRecord } from '../session-record.ts';
import { mobilePlatforms, retention } from '../retention.ts';
import { isRevoked, isYoung, youngTickets, type StoredRevocation } from './tickets.ts';

const none: readonly never[] = [];

/** A session and the names of the earlier ones of its instance, newest first. */
export interface StoredSession {
  record: SessionRecord;
  ticket: TicketFacts;
  readonly predecessors: readonly string[];
}

/** A kick mark of an instance: it outlives the session it ended. */
export interface StoredMark {
  readonly instanceId: string;
  readonly kick: Kick;
  /** Of the session that was kicked. */
  readonly epoch: number;
  readonly predecessors: readonly string[];
}

/** An instance whose link was lost without a logout. */
export interface LostInstance {
  readonly instanceId: string;
  readonly platform: Platform;
  /** Its last session, and the place of that in the order of logins. */
  readonly sessionId: string;
  readonly epoch: number;
  /** Unix seconds. */
  readonly lostAt: number;
}

/** What an instance had before its newest session. */
type Earlier = StoredSession | StoredMark | LostInstance;

/** What is known of one user. Lists, not maps: most users have one session and no mark. */
export class UserRecord {
  #sessions: StoredSession[] = [];
  #marks: readonly StoredMark[] = none;
  #lost: readonly LostInstance[] = none;
  /** The epoch of the last change of the user's presence. */
  version = 0;
  customStatus = '';
  /** When the allowance of evictions is whole again, in Unix ms; see eviction-allowance.ts. */
  evictionsWholeAtMs = 0;
  revocation: StoredRevocation | undefined = undefined;
  ban: Ban | undefined = undefined;
  /** Used tickets whose sessions have ended, as long as a revocation may have to know them. */
  #tickets: readonly TicketFacts[] = none;

  /** Whether nothing of the user is left to know at `nowMs` (Unix ms). */
  isEmptyAt(nowMs: number): boolean {
    const isNobodyHere = this.#sessions.length === 0 && this.#lost.length === 0;
    const isForgotten = this.#marks.length === 0 && this.evictionsWholeAtMs <= nowMs;
    return isNobodyHere && isForgotten && !this.#isRestrictedAt(nowMs);
  }

  #isRestrictedAt(nowMs: number): boolean {
    const restrictedUntil = Math.max(this.revocation?.keepUntil ?? 0, this.ban?.endsAt ?? 0);
    return restrictedUntil * 1000 > nowMs || this.#tickets.some((each) => isYoung(each, nowMs));
  }

  get sessionCount(): number {
    return this.#sessions.length;
  }

  /** Logins come in the order of their epochs, so the list is in that order as well. */
  get newestFirst(): readonly StoredSession[] {
    return this.#sessions.toReversed();
  }

  get lost(): readonly LostInstance[] {
    return this.#lost;
  }

  get state(): PresenceState {
    if (this.#sessions.length > 0) return 'online';
    return this.#lost.some(({ platform }) => mobilePlatforms.includes(platform))
      ? 'pushOnline'
      : 'offline';
  }

  /** What others may see. */
  get status(): Status {
    const { state, customStatus, version } = this;
    const online = platforms.filter((platform) =>
      this.#sessions.some(({ record }) => record.platform === platform),
    );
    return { state, platforms: online, customStatus, version };
  }

  sessionOf(instanceId: string): StoredSession | undefined {
    return this.#sessions.find(({ record }) => record.instanceId === instanceId);
  }

  markOf(instanceId: string): StoredMark | undefined {
    return this.#marks.find((mark) => mark.instanceId === instanceId);
  }

  lostOf(instanceId: string): LostInstance | undefined {
    return this.#lost.find((lost) => lost.instanceId === instanceId);
  }

  /** The answer to a login that the user's record has without a look at the policy; undefined when it has none. */
  answerOf(request: LoginRequest, nowS: number): LoginOutcome | undefined {
    const { sessionId } = request;
    const session = this.sessionOf(request.instanceId);
    if (session?.record.sessionId === sessionId) {
      return { kind: 'registered', epoch: session.record.epoch };
    }
    const mark = session === undefined ? this.markOf(request.instanceId) : undefined;
    if (mark?.kick.sessionId === sessionId) return { kind: 'kicked', kick: mark.kick };
    if ((session ?? mark)?.predecessors.includes(sessionId) === true) return { kind: 'replaced' };
    return this.#refusalOf(request, mark, nowS);
  }

  #refusalOf(
    request: LoginRequest,
    mark: StoredMark | undefined,
    nowS: number,
  ): LoginOutcome | undefined {
    const { ban, revocation } = this;
    if (ban !== undefined && ban.endsAt > nowS) return { kind: 'banned', endsAt: ban.endsAt };
    if (mark !== undefined && request.refuseIfKicked && isLive(mark, nowS)) {
      return { kind: 'kicked', kick: mark.kick };
    }
    if (revocation === undefined || !isRevoked(revocation, request)) return undefined;
    return { kind: 'revoked', at: Math.floor(revocation.epoch / 1000) };
  }

  /** A session ends, or goes on with another ticket: the one it had is remembered, if its second is not over. */
  rememberTicket({ ticket }: StoredSession, epoch: number): void {
    if (isYoung(ticket, epoch)) this.#tickets = youngTickets([...this.#tickets, ticket], epoch);
  }

  /** Every ticket that was issued before `epoch` is dead, and those of its second that were used. */
  revoke(epoch: number, keepUntil: number): void {
    const used = [...(this.revocation?.tickets ?? none), ...this.#tickets];
    this.revocation = { epoch, keepUntil, tickets: youngTickets(used, epoch) };
    this.#tickets = none;
  }

  /** Adds the newest session of the user; `earlier` is what its instance had before. */
  addSession(record: SessionRecord, ticket: TicketFacts, earlier: Earlier | undefined): void {
    const predecessors = earlier === undefined ? none : namesOf(earlier);
    this.#sessions.push({ record, ticket, predecessors });
  }

  /** `epoch` is that of the change: no later one of the user is smaller. */
  removeSession(stored: StoredSession, epoch: number): void {
    this.#sessions = this.#sessions.filter((other) => other !== stored);
    this.rememberTicket(stored, epoch);
  }

  addMark({ record, predecessors }: StoredSession, kick: Kick): void {
    const { instanceId, epoch } = record;
    this.#marks = [...this.#marks, { instanceId, kick, epoch, predecessors }];
  }

  removeMark(mark: StoredMark): void {
    this.#marks = this.#marks.filter((other) => other !== mark);
  }

  addLost({ record }: StoredSession, lostAt: number): void {
    const { instanceId, platform, sessionId, epoch } = record;
    const lost = { instanceId, platform, sessionId, epoch, lostAt };
    this.#lost = [...this.#lost, lost].slice(-retention.lostPerUser);
  }

  /** The instance is no longer away. */
  removeLost(instanceId: string): void {
    if (this.#lost.length === 0) return;
    this.#lost = this.#lost.filter((lost) => lost.instanceId !== instanceId);
  }

  /** An instance that is away was kicked: it is told when it comes back. */
  kickLost(lost: LostInstance, kick: Kick): void {
    this.removeLost(lost.instanceId);
    const { instanceId, epoch } = lost;
    this.#marks = [...this.#marks, { instanceId, kick, epoch, predecessors: none }];
  }

  /** Drops the instances that have been away too long to mean anything. Whether any were dropped. */
  trimLost(nowS: number, pushOnlineS: number): boolean {
    if (this.#lost.length === 0) return false;
    const before = this.#lost.length;
    this.#lost = this.#lost.filter(({ platform, lostAt }) => {
      const lifeS = mobilePlatforms.includes(platform) ? pushOnlineS : retention.lostLifeS;
      return lostAt + lifeS > nowS;
    });
    return this.#lost.length < before;
  }

  /** Drops the marks that have had their time, and the oldest beyond the bound. */
  trimMarks(nowS: number): void {
    if (this.#marks.length === 0) return;
    this.#marks = this.#marks
      .filter((mark) => isLive(mark, nowS))
      .sort((a, b) => b.kick.at - a.kick.at || b.epoch - a.epoch)
      .slice(0, retention.marksPerUser);
  }

  /** Drops sessions whose ticket ended at or before `endedAt` (Unix seconds), but not the one of `exceptInstanceId`. */
  forgetSessionsEndedBy(endedAt: number, exceptInstanceId: string): void {
    this.#sessions = this.#sessions.filter(
      ({ record }) => record.ticketEndsAt > endedAt || record.instanceId === exceptInstanceId,
    );
  }
}

function isLive(mark: StoredMark, nowS: number): boolean {
  return mark.kick.at + retention.markLifeS > nowS;
}

function namesOf(earlier: Earlier): readonly string[] {
  if ('lostAt' in earlier) return [earlier.sessionId];
  const sessionId = 'record' in earlier ? earlier.record.sessionId : earlier.kick.sessionId;
  return [sessionId, ...earlier.predecessors].slice(0, retention.predecessors);
}
