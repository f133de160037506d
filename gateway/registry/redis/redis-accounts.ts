import type { UserActivity } from '../activity.ts';
import type { Accounts, Deletion } from '../accounts.ts';
import type { UserRef } from '../user.ts';
import type { AccountCalls } from './account-calls.ts';
import type { Deployment } from './deployment.ts';
import type { TimedCalls } from './timed-calls.ts';

/** The accounts of the registry in Redis. Every method rejects with StoreFault. */
export class RedisAccounts implements Accounts {
  readonly #calls: AccountCalls;
  readonly #timed: TimedCalls;
  readonly #deployment: Deployment;

  constructor(calls: AccountCalls, timed: TimedCalls, deployment: Deployment) {
    this.#calls = calls;
    this.#timed = timed;
    this.#deployment = deployment;
  }

  async import(users: readonly UserRef[]): Promise<void> {
    await this.#call(users, 'import');
  }

  exist(users: readonly UserRef[]): Promise<readonly boolean[]> {
    return this.#call(users, 'ask');
  }

  async delete(user: UserRef): Promise<Deletion> {
    this.#deployment.mustFit();
    return this.#timed.deleteAccount(user);
  }

  async #call(users: readonly UserRef[], wish: 'import' | 'ask'): Promise<readonly boolean[]> {
    this.#deployment.mustFit();
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
    this.#deployment.mustFit();
    return this.#calls.activity(sdkAppId);
  }
}
