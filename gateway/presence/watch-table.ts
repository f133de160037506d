import type { Status, WatchedUsers } from '../registry/status.ts';
import type { UserRef } from '../registry/user.ts';
import type { Watcher } from './watcher.ts';

/** A user somebody on this node watches. */
export class WatchedUser implements UserRef {
  readonly sdkAppId: number;
  readonly userId: string;
  /** Most users have one watcher, and a set costs more than all the rest. */
  #only: Watcher | undefined = undefined;
  #many: Set<Watcher> | undefined = undefined;
  /** Undefined until the registry has answered. */
  status: Status | undefined = undefined;
  /** Whether the watchers are about to be told. */
  isDirty = false;

  constructor(sdkAppId: number, userId: string) {
    this.sdkAppId = sdkAppId;
    this.userId = userId;
  }

  get isWatched(): boolean {
    return this.#only !== undefined || (this.#many !== undefined && this.#many.size > 0);
  }

  /** Who is to be told. Walk over a copy when those who are told may end. */
  get watchers(): Iterable<Watcher> {
    return this.#many ?? (this.#only === undefined ? [] : [this.#only]);
  }

  addWatcher(watcher: Watcher): void {
    if (this.#many !== undefined) this.#many.add(watcher);
    else if (this.#only === undefined) this.#only = watcher;
    else if (this.#only !== watcher) {
      this.#many = new Set([this.#only, watcher]);
      this.#only = undefined;
    }
  }

  removeWatcher(watcher: Watcher): void {
    this.#many?.delete(watcher);
    if (this.#only === watcher) this.#only = undefined;
  }
}

/**
 * Who watches whom on this node. A watch is one place in the user's set of watchers and one in the watcher's set of
 * users, no object of its own: there may be hundreds a session.
 */
export class WatchTable {
  readonly #apps = new Map<number, Map<string, WatchedUser>>();
  #users = 0;
  #watches = 0;
  /** What the registry renews its interest by. */
  readonly watched: WatchedUsers;

  constructor() {
    const userCount = (): number => this.#users;
    this.watched = {
      get count() {
        return userCount();
      },
      all: () => this.#all(),
      has: (user) => this.find(user) !== undefined,
    };
  }

  get userCount(): number {
    return this.#users;
  }

  get watchCount(): number {
    return this.#watches;
  }

  find({ sdkAppId, userId }: UserRef): WatchedUser | undefined {
    return this.#apps.get(sdkAppId)?.get(userId);
  }

  /** Adds a watch as the watcher's newest; one that is there already becomes the newest. */
  add(watcher: Watcher, sdkAppId: number, userId: string): WatchedUser {
    const user = this.find({ sdkAppId, userId }) ?? this.#addUser(sdkAppId, userId);
    if (watcher.users.delete(user)) this.#watches -= 1;
    watcher.users.add(user);
    user.addWatcher(watcher);
    this.#watches += 1;
    return user;
  }

  /** Whether there was such a watch. */
  remove(watcher: Watcher, user: WatchedUser): boolean {
    if (!watcher.users.delete(user)) return false;
    this.#watches -= 1;
    user.removeWatcher(watcher);
    if (!user.isWatched) this.#removeUser(user);
    return true;
  }

  removeAll(watcher: Watcher): void {
    for (const user of watcher.users) this.remove(watcher, user);
  }

  #addUser(sdkAppId: number, userId: string): WatchedUser {
    const user = new WatchedUser(sdkAppId, userId);
    const users = this.#apps.get(sdkAppId);
    if (users === undefined) this.#apps.set(sdkAppId, new Map([[userId, user]]));
    else users.set(userId, user);
    this.#users += 1;
    return user;
  }

  #removeUser({ sdkAppId, userId }: WatchedUser): void {
    const users = this.#apps.get(sdkAppId);
    users?.delete(userId);
    if (users?.size === 0) this.#apps.delete(sdkAppId);
    this.#users -= 1;
  }

  *#all(): Generator<UserRef> {
    for (const users of this.#apps.values()) yield* users.values();
  }
}
