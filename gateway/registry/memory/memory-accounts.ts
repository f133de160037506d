import { dayOf, type UserActivity } from '../activity.ts';
import type { Accounts, Deletion } from '../accounts.ts';
import type { UserRef } from '../user.ts';
import type { MemoryStore } from './memory-store.ts';

/** The accounts of the embedded registry: they last as long as the process. */
export class MemoryAccounts implements Accounts {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  import(users: readonly UserRef[]): Promise<void> {
    const { accounts, book } = this.#store;
    for (const user of users) accounts.import(user, dayOf(book.nowMs()));
    return Promise.resolve();
  }

  exist(users: readonly UserRef[]): Promise<readonly boolean[]> {
    return Promise.resolve(users.map((user) => this.#store.accounts.has(user)));
  }

  delete(user: UserRef): Promise<Deletion> {
    const wasThere = this.#store.accounts.remove(user);
    return Promise.resolve({ ...this.#store.acts.revoke(user), wasThere });
  }

  activity(sdkAppId: number): Promise<UserActivity> {
    return Promise.resolve(this.#store.accounts.activity(sdkAppId));
  }
}
