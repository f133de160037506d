import type { UserRef } from '../user.ts';
import type { Keys } from './keys.ts';
import { memberOf } from './keys.ts';

/** Users that one call looks at: some 0.3 ms of Redis. */
const usersPerBatch = 32;

/** Users of one partition. */
export interface UserBatch {
  readonly partition: number;
  readonly users: readonly UserRef[];
}

/** Puts users together that one script call can serve: those of one partition. */
export class UserBatches {
  readonly #keys: Keys;
  /** The last batch of each partition, for as long as it has room. */
  readonly #open = new Map<number, UserRef[]>();
  readonly all: UserBatch[] = [];

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  add(user: UserRef): void {
    const partition = this.#keys.partitionOf(memberOf(user));
    const last = this.#open.get(partition);
    if (last !== undefined && last.length < usersPerBatch) {
      last.push(user);
      return;
    }
    const users = [user];
    this.#open.set(partition, users);
    this.all.push({ partition, users });
  }
}
