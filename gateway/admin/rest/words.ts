import type { Platform } from '../../../protocol/platforms.ts';
import type { PresenceState } from '../../../protocol/presence-fields.ts';

/** Platforms in the words of Tencent's REST API, which differ from those of its other interfaces. */
export const platformWords = {
  web: 'Web',
  android: 'Android',
  ios: 'iPhone',
  ipad: 'iPad',
  windows: 'PC',
  mac: 'Mac',
  linux: 'Linux',
} as const satisfies Record<Platform, string>;

/** States of a user in the words of Tencent's REST API. */
export const stateWords = {
  online: 'Online',
  pushOnline: 'PushOnline',
  offline: 'Offline',
} as const satisfies Record<PresenceState, string>;
