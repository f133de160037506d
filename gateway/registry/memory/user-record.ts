import type { Kick, LoginOutcome, LoginRequest, SessionRecord } from '../port.ts';
import { retention } from '../retention.ts';

const none: readonly never[] = [];

/** A session and the names of the earlier ones of its instance, newest first. */
export interface StoredSession {
  record: SessionRecord;
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

/** What is known of one user. Lists, not maps: most users have one session and no mark. */
export class UserRecord {
  #sessions: StoredSession[] = [];
  #marks: readonly StoredMark[] = none;
  /** When the allowance of evictions is whole again, in Unix ms; see eviction-allowance.ts. */
  evictionsWholeAtMs = 0;

  /** Whether nothing of the user is left to know at `nowMs` (Unix ms). */
  isEmptyAt(nowMs: number): boolean {
    return (
      this.#sessions.length === 0 && this.#marks.length === 0 && this.evictionsWholeAtMs <= nowMs
    );
  }

  get sessionCount(): number {
    return this.#sessions.length;
  }

  /** Logins come in the order of their epochs, so the list is in that order as well. */
  get newestFirst(): readonly StoredSession[] {
    return this.#sessions.toReversed();
  }

  sessionOf(instanceId: string): StoredSession | undefined {
    return this.#sessions.find(({ record }) => record.instanceId === instanceId);
  }

  markOf(instanceId: string): StoredMark | undefined {
    return this.#marks.find((mark) => mark.instanceId === instanceId);
  }

  /** The answer the instance's kick mark gives to a login; undefined when it gives none. */
  answerOf(request: LoginRequest, nowS: number): LoginOutcome | undefined {
    const mark = this.markOf(request.instanceId);
    if (mark === undefined) return undefined;
    const { kick, predecessors } = mark;
    if (kick.sessionId === request.sessionId) return { kind: 'kicked', kick };
    if (predecessors.includes(request.sessionId)) return { kind: 'replaced' };
    return request.refuseIfKicked && isLive(mark, nowS) ? { kind: 'kicked', kick } : undefined;
  }

  /** Adds the newest session of the user; `earlier` is what its instance had before. */
  addSession(record: SessionRecord, earlier: StoredSession | StoredMark | undefined): void {
    const predecessors = earlier === undefined ? none : namesOf(earlier);
    this.#sessions.push({ record, predecessors });
  }

  removeSession(stored: StoredSession): void {
    this.#sessions = this.#sessions.filter((other) => other !== stored);
  }

  addMark(stored: StoredSession, kick: Kick): void {
    const { instanceId, epoch } = stored.record;
    const mark = { instanceId, kick, epoch, predecessors: stored.predecessors };
    this.#marks = [...this.#marks, mark];
  }

  removeMark(mark: StoredMark): void {
    this.#marks = this.#marks.filter((other) => other !== mark);
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

function namesOf(earlier: StoredSession | StoredMark): readonly string[] {
  const sessionId = 'record' in earlier ? earlier.record.sessionId : earlier.kick.sessionId;
  return [sessionId, ...earlier.predecessors].slice(0, retention.predecessors);
}
