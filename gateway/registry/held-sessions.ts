import type { LoginRequest } from './login.ts';

/** A session this node holds, as the registry must know it. */
export interface HeldSession extends LoginRequest {
  /** As its login was answered. */
  readonly epoch: number;
}

/** The sessions of this node whose login was acknowledged: the truth that the registry is compared with. */
export interface HeldSessions {
  readonly count: number;
  /** Those of each app and the logins under way, by SDKAppID. */
  readonly countByApp: ReadonlyMap<number, number>;
  /** May be walked over many turns of the event loop, while sessions come and go. */
  all(): Iterable<HeldSession>;
  /** Whether the session, or a login that will be it, is still here. */
  has(sessionId: string): boolean;
}
