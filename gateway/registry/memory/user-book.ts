import type { SessionRef } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import type { StoredSession, UserRecord } from './user-record.ts';
import { Users } from './users.ts';
import type { Watchers } from './watchers.ts';

/** How many users a login looks at to forget those of whom nothing is left. */
const swept = 2;

/** What a change of a user is: what watchers saw before, and the version that it has. */
export interface Change {
  readonly seen: string | undefined;
  readonly version: number;
}

/** What a book of users goes by. */
export interface UserBookParts {
  readonly watchers: Watchers;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  readonly pushOnlineS: number;
}

/** The users as time goes by: gives their changes an order, tells their watchers, and forgets those of whom nothing is left. */
export class UserBook {
  readonly users = new Users();
  readonly nowMs: () => number;
  readonly #watchers: Watchers;
  readonly #pushOnlineS: number;
  /** The largest epoch given to any user: a user who was forgotten in between is never given an old one. */
  #epoch = 0;

  constructor({ watchers, nowMs, pushOnlineS }: UserBookParts) {
    this.#watchers = watchers;
    this.nowMs = nowMs;
    this.#pushOnlineS = pushOnlineS;
  }

  /** Unix seconds. */
  nowS(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** The epoch of a login or a change at `nowMs`, which takes it only if it comes to pass. */
  epochAt(nowMs: number): number {
    return Math.max(this.#epoch + 1, nowMs);
  }

  takeEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  nextEpoch(): number {
    this.#epoch = this.epochAt(this.nowMs());
    return this.#epoch;
  }

  /** The user's record as it is now: the end of a time, such as that of push-online, is a change like any other. */
  find(ref: UserRef, nowS = this.nowS()): UserRecord | undefined {
    const user = this.users.find(ref);
    if (user === undefined) return undefined;
    const seen = this.seenOf(ref, user);
    const { state } = user;
    if (this.trimLost(user, nowS) && user.state !== state)
      this.changed(ref, user, { seen, version: this.nextEpoch() });
    return this.users.find(ref);
  }

  /** The same; of a user of whom nothing is known, a new one. */
  meet(ref: UserRef, nowS = this.nowS()): UserRecord {
    return this.find(ref, nowS) ?? this.users.add(ref);
  }

  /** Exactly this session and its user, while it is registered. */
  holderOf(
    session: SessionRef,
    nowS = this.nowS(),
  ): { readonly user: UserRecord; readonly stored: StoredSession } | undefined {
    const user = this.find(session, nowS);
    const stored = user?.sessionOf(session.instanceId);
    if (user === undefined || stored?.record.sessionId !== session.sessionId) return undefined;
    return { user, stored };
  }

  /** Drops the instances of a user that have been away too long to mean anything. Whether there were any. */
  trimLost(user: UserRecord, nowS: number): boolean {
    return user.trimLost(nowS, this.#pushOnlineS);
  }

  /** What watchers see of a user before a change; undefined when nobody watches. */
  seenOf(ref: UserRef, user: UserRecord): string | undefined {
    return this.#watchers.seenOf(ref, user);
  }

  /** A change of a user is done: gives it its version, and tells those who watch if they see another status now. */
  changed(ref: UserRef, user: UserRecord, { seen, version }: Change): void {
    user.version = version;
    if (user.state === 'offline') user.customStatus = '';
    if (user.isEmptyAt(this.nowMs())) this.users.remove(ref);
    this.#watchers.tell(ref, user.status, seen);
  }

  /** Walks on through all users, a few a login, so that marks nobody comes back for do not stay for ever. */
  forgetSome(nowMs: number): void {
    const nowS = Math.floor(nowMs / 1000);
    for (let i = 0; i < swept; i += 1) {
      const next = this.users.next();
      if (next === undefined) return;
      const { ref, user } = next;
      user.trimMarks(nowS);
      this.find(ref, nowS);
      if (user.isEmptyAt(nowMs)) this.users.remove(ref);
    }
  }
}
