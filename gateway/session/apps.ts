import type { LoginPolicy } from '../policy/login-policy.ts';

/** What the gateway knows of one app, besides its keys. */
export interface AppSettings {
  readonly policy: LoginPolicy;
  /** Whether an instance that was kicked while away is refused when it comes back by itself (rule KICK-6). */
  readonly refuseKickedReturn: boolean;
  /** Whether its users may send one another messages (rules PUSH-8, PUSH-10). */
  readonly userMessages: 'off' | 'allow' | 'callback';
}

/** The apps this gateway serves, by SDKAppID. */
export type Apps = ReadonlyMap<number, AppSettings>;
