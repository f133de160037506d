import type { UserRef } from '../registry/user.ts';

/** Whether the one who asks may see a user; `unknown` when the app's back end did not say. */
export type Verdict = 'visible' | 'hidden' | 'unknown';

/** Users of one app whom somebody asks for. */
export interface Asked {
  readonly asker: UserRef;
  readonly sdkAppId: number;
  readonly userIds: readonly string[];
}

/** Who may see whom (rule PRESENCE-7). */
export interface Visibility {
  /** Nobody may see anybody: presence is off. */
  readonly isOff: boolean;
  /** One verdict for each user, in their order. Never rejects. */
  decide(asked: Asked): readonly Verdict[] | Promise<readonly Verdict[]>;
}

/** The rules that need no back end. */
export const simpleVisibilities = {
  everyone: { isOff: false, decide: ({ userIds }) => userIds.map(() => 'visible') },
  sameApp: {
    isOff: false,
    decide: ({ asker, sdkAppId, userIds }) =>
      userIds.map(() => (sdkAppId === asker.sdkAppId ? 'visible' : 'hidden')),
  },
  nobody: { isOff: true, decide: ({ userIds }) => userIds.map(() => 'hidden') },
} as const satisfies Record<string, Visibility>;
