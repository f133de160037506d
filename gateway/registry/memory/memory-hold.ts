import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import { PolicyTable } from '../policy-table.ts';
import type { SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { doomedBy, endDoomed } from './convergence.ts';
import type { Endings } from './endings.ts';
import type { UserBook } from './user-book.ts';

/** The policies of the apps, and how users are held to them. */
export class MemoryHold {
  readonly table: PolicyTable;
  /** The apps whose users are being held to a changed policy. */
  readonly open = new Set<number>();
  readonly #book: UserBook;
  readonly #endings: Endings;

  constructor(configured: ReadonlyMap<number, WrittenPolicy>, book: UserBook, endings: Endings) {
    this.table = new PolicyTable(configured);
    this.#book = book;
    this.#endings = endings;
  }

  /** The sessions that a policy does not allow a user, newest first; with `ends` they are kicked. */
  user(ref: UserRef, policy: LoginPolicy, ends: boolean): readonly SessionRecord[] {
    const book = this.#book;
    const user = book.find(ref);
    if (user === undefined) return [];
    const atMs = book.nowMs();
    const doomed = doomedBy(policy, user, Math.floor(atMs / 1000));
    if (ends && doomed.isAny) {
      const seen = book.seenOf(ref, user);
      const epoch = book.nextEpoch();
      endDoomed(this.#endings, { ...ref, policy }, user, { doomed, atMs, epoch });
      book.changed(ref, user, { seen, version: epoch });
    }
    return doomed.records;
  }

  /** Every user of an app of whom anything is known. */
  usersOf(sdkAppId: number): Iterable<UserRef> {
    return this.#book.users.ofApp(sdkAppId);
  }
}
