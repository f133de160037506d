import type { Platform } from '../../protocol/platforms.ts';
import type { PresenceState } from '../../protocol/presence-fields.ts';
import type { UserRef } from './user.ts';

/** What others may see of a user. */
export interface Status {
  readonly state: PresenceState;
  /** The platforms that are online, each once, in the order of `platforms`; empty unless `state` is online. */
  readonly platforms: readonly Platform[];
  /** Set by the user, at most 100 bytes of UTF-8; empty when none is set and always when offline. */
  readonly customStatus: string;
  /** Larger is newer; 0: the registry knows nothing of this user. */
  readonly version: number;
}

/** The status of one user. */
export interface UserStatus extends Status {
  readonly user: UserRef;
}

/** The users this node watches: the registry renews its interest in them and tells what it finds. */
export interface WatchedUsers {
  readonly count: number;
  /** May be walked over many turns of the event loop, while users come and go. */
  all(): Iterable<UserRef>;
  /** Whether anybody here still watches the user. */
  has(user: UserRef): boolean;
}
