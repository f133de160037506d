import type { UserActivity } from '../activity.ts';
import type { Accounts, Deletion } from '../accounts.ts';
import type { UserRef } from '../user.ts';
import type { AccountCalls } from './account-calls.ts';
import { StoreFault } from './store-fault.ts';
import type { TimedCalls } from './timed-calls.ts';

/** The accounts of the registry in Redis. Every method rejects with StoreFault. */
export class RedisAccounts implements Accounts {
  readonly #calls: AccountCalls;
  readonly #timed: TimedCalls;
  readonly #mismatch: () => string;

  /** `mismatch` tells why the data in Redis is not that of this deployment; empty when it is. */
  constructor(calls: AccountCalls, timed: TimedCalls, mismatch: () => string) {
    this.#calls = calls;
    this.#timed = timed;
    this.#mismatch = mismatch;
  }

  async import(users: readonly UserRef[]): Promise<void> {
    await this.#call(users, 'import');
  }

  exist(users: readonly UserRef[]): Promise<readonly boolean[]> {
    return this.#call(users, 'ask');
  }

  async delete(user: UserRef): Promise<Deletion> {
    this.#mustFit();
    return this.#timed.deleteAccount(user);
  }

  async #call(users: readonly UserRef[], wish: 'import' | 'ask'): Promise<readonly boolean[]> {
    this.#mustFit();
    const had = users.map(() => false);
    await Promise.all(
      this.#calls.batches(users).map(async (batch) => {
        const { sdkAppId, userIds, places } = batch;
        const answers = await this.#timed.inTime(
          { sdkAppId, userId: userIds[0] ?? '' },
          (notAfter) => this.#calls.run(batch, wish, notAfter),
        );
        places.forEach((place, i) => (had[place] = answers[i] ?? false));
      }),
    );
    return had;
  }

  async activity(sdkAppId: number): Promise<UserActivity> {
    this.#mustFit();
    return this.#calls.activity(sdkAppId);
  }

  #mustFit(): void {
    const mismatch = this.#mismatch();
    if (mismatch !== '') throw new StoreFault(mismatch, false);
  }
}
