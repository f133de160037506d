import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import { PolicyTable } from '../policy-table.ts';
import type { SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { doomedBy, endDoomed } from './convergence.ts';
import type { Endings } from './endings.ts';
import type { UserRecord } from './user-record.ts';
import type { Users } from './users.ts';

/** What this takes of the store. */
export interface MemoryHoldParts {
  readonly users: Users;
  find(user: UserRef): UserRecord | undefined;
  /** A change of a user that `act` makes at this epoch. */
  end(user: UserRef, record: UserRecord, act: (endings: Endings, epoch: number) => void): void;
  /** Unix milliseconds. */
  nowMs(): number;
}

/** The policies of the apps, and how users are held to them. */
export class MemoryHold {
  readonly table: PolicyTable;
  /** The apps whose users are being held to a changed policy. */
  readonly open = new Set<number>();
  readonly #parts: MemoryHoldParts;

  constructor(configured: ReadonlyMap<number, WrittenPolicy>, parts: MemoryHoldParts) {
    this.table = new PolicyTable(configured);
    this.#parts = parts;
  }

  /** The sessions that a policy does not allow a user, newest first; with `ends` they are kicked. */
  user(ref: UserRef, policy: LoginPolicy, ends: boolean): readonly SessionRecord[] {
    const parts = this.#parts;
    const user = parts.find(ref);
    if (user === undefined) return [];
    const atMs = parts.nowMs();
    const doomed = doomedBy(policy, user, Math.floor(atMs / 1000));
    if (ends && doomed.isAny) {
      parts.end(ref, user, (endings, epoch) =>
        endDoomed(endings, { ...ref, policy }, user, { doomed, atMs, epoch }),
      );
    }
    return doomed.records;
  }

  /** Every user of an app of whom anything is known. */
  usersOf(sdkAppId: number): Iterable<UserRef> {
    return this.#parts.users.ofApp(sdkAppId);
  }
}
