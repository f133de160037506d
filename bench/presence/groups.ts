import type { PresenceSettings } from './result.ts';

/** The floor names a group in one byte. */
export const mostGroups = 256;

/** How many groups there are: all users of one are watched by the same `watchedBy` watchers, and by no other. */
export function groupsOf({ watchers, watchedBy }: PresenceSettings): number {
  return Math.floor(watchers / watchedBy);
}

/** The group of a user, both counted from 0. */
export function groupOfUser(settings: PresenceSettings, user: number): number {
  return user % groupsOf(settings);
}

/** The group of a watcher; undefined for one who is left over. */
export function groupOfWatcher(settings: PresenceSettings, watcher: number): number | undefined {
  const group = Math.floor(watcher / settings.watchedBy);
  return group < groupsOf(settings) ? group : undefined;
}

/** Names of the users, all of one length. */
export function userIdOf(user: number): string {
  return `user-${String(user).padStart(7, '0')}`;
}

export function watcherIdOf(watcher: number): string {
  return `watcher-${String(watcher).padStart(7, '0')}`;
}
