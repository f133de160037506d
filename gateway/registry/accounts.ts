import type { UserActivity } from './activity.ts';
import type { Revocation } from './restrictions.ts';
import type { UserRef } from './user.ts';

/**
 * The users that are known beyond what their sessions leave behind: who has logged in once, or was imported. Each call
 * rejects when the store does not answer; then nothing will happen any more.
 */
export interface Accounts {
  /** Signs users up; those who are known stay so. */
  import(users: readonly UserRef[]): Promise<void>;
  /** Which of these users have an account, in the given order. */
  exist(users: readonly UserRef[]): Promise<readonly boolean[]>;
  /** How many users have one, and how many were active on which day. */
  activity(sdkAppId: number): Promise<UserActivity>;
  /** Takes away the account, if there is one, and does what a revocation does, in one step. */
  delete(user: UserRef): Promise<Deletion>;
}

/** What the deletion of an account did. */
export interface Deletion extends Revocation {
  /** Whether there was an account. */
  readonly wasThere: boolean;
}
