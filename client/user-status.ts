import type { PresenceState } from '../protocol/presence-fields.ts';
import type { Platform } from '../protocol/platforms.ts';

/** How a user is, as watch(), query() and `statusChanged` tell it. */
export interface UserStatus {
  readonly sdkAppId: number;
  readonly userID: string;
  readonly state: PresenceState;
  readonly platforms: readonly Platform[];
  readonly customStatus: string;
  /** Grows with every change of this user; 0 when the gateway knows nothing of her. */
  readonly version: number;
}

/** A status as frames carry it. */
export type StatusOnWire = readonly [
  userID: string,
  state: PresenceState,
  platforms: readonly Platform[],
  customStatus: string,
  version: number,
];

/** A status of the wire with names and its app. */
export function statusFrom(
  sdkAppId: number,
  [userID, state, platforms, customStatus, version]: StatusOnWire,
): UserStatus {
  return { sdkAppId, userID, state, platforms, customStatus, version };
}
