import type { Frame } from '../../protocol/frames.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { Registry } from '../registry/port.ts';
import type { Status, UserStatus, WatchedUsers } from '../registry/status.ts';
import type { UserRef } from '../registry/user.ts';
import { partsOf, type Answer } from './answer-parts.ts';
import type { PresenceCounters } from './counters.ts';
import { Doubts } from './doubts.ts';
import { FanOut } from './fan-out.ts';
import type { PresenceSettings } from './settings.ts';
import { appOf, refusal, sift, type Refusal, type UsersOfApp } from './sift.ts';
import { statusOnWire } from './status-on-wire.ts';
import type { Visibility } from './visibility.ts';
import { WatchTable, type WatchedUser } from './watch-table.ts';
import { Watcher, type Notified } from './watcher.ts';

/** What presence needs of the registry. */
export type PresenceRegistry = Pick<Registry, 'watch' | 'statuses' | 'sessions'>;

/** Where presence gets its facts. */
export interface PresenceParts {
  readonly registry: PresenceRegistry;
  readonly visibility: Visibility;
  readonly settings: PresenceSettings;
  readonly counters: PresenceCounters;
}

/** Presence on one node: who here watches whom, what is known of them, and who is told. */
export class Presence {
  readonly settings: PresenceSettings;
  readonly counters: PresenceCounters;
  readonly #registry: PresenceRegistry;
  readonly #visibility: Visibility;
  readonly #table = new WatchTable();
  readonly #fanOut: FanOut;
  readonly #doubts: Doubts;

  constructor(parts: PresenceParts) {
    this.#registry = parts.registry;
    this.#visibility = parts.visibility;
    this.settings = parts.settings;
    this.counters = parts.counters;
    this.#fanOut = new FanOut(parts.counters);
    this.#doubts = new Doubts({
      ask: (users) =>
        this.#registry.watch(users.map(({ sdkAppId, userId }) => ({ sdkAppId, userId }))),
      believe: (status) => this.#believe(status),
    });
  }

  get isOff(): boolean {
    return this.#visibility.isOff;
  }

  get watched(): WatchedUsers {
    return this.#table.watched;
  }

  get watchCount(): number {
    return this.#table.watchCount;
  }

  /** What presence keeps of a session from its first call on. */
  newWatcher(session: Notified): Watcher {
    return new Watcher(session, this.settings.maxCalls);
  }

  /** The session is over, and its watches with it. */
  release(watcher: Watcher): void {
    watcher.session = undefined;
    this.#table.removeAll(watcher);
  }

  /** Watches users (rules PRESENCE-2, PRESENCE-4, PRESENCE-6); the watches are there before anybody is asked. */
  async watch(watcher: Watcher, asker: UserRef, asked: UsersOfApp): Promise<Answer> {
    const sdkAppId = appOf(asker, asked);
    const { visible, refused } = await sift(this.#visibility, asker, asked, 'refuseSelf');
    // The session may have ended while the back end was asked.
    if (watcher.session === undefined) return emptyAnswer;
    const wanted = visible.map((userId) => this.#table.add(watcher, sdkAppId, userId));
    const dropped = this.#dropOldest(watcher);
    refused.push(...(await this.#learn(watcher, wanted)));
    const statuses = wanted.flatMap((user) =>
      user.status === undefined || !watcher.users.has(user)
        ? []
        : [statusOnWire(user.userId, user.status)],
    );
    return { ...emptyAnswer, statuses, refused, dropped };
  }

  /** Ends watches; an empty list ends all. Gives the number that is left. */
  unwatch(watcher: Watcher, asker: UserRef, asked: UsersOfApp): number {
    const sdkAppId = appOf(asker, asked);
    if (asked.userIds.length === 0) this.#table.removeAll(watcher);
    for (const userId of asked.userIds) {
      const user = this.#table.find({ sdkAppId, userId });
      if (user !== undefined) this.#table.remove(watcher, user);
    }
    return watcher.users.size;
  }

  /** How users are, without watching them; those that somebody here watches are known already. */
  async query(asker: UserRef, asked: UsersOfApp, withInstances: boolean): Promise<Answer> {
    const sdkAppId = appOf(asker, asked);
    const { visible, refused } = await sift(this.#visibility, asker, asked, 'seeSelf');
    const unknown = visible.filter(
      (userId) => this.#table.find({ sdkAppId, userId })?.status === undefined,
    );
    const answered = new Map<string, Status>();
    let instances: Answer['instances'] = [];
    try {
      if (unknown.length > 0) {
        const users = unknown.map((userId) => ({ sdkAppId, userId }));
        for (const status of await this.#registry.statuses(users))
          answered.set(status.user.userId, status);
      }
      if (withInstances && sdkAppId === asker.sdkAppId && visible.includes(asker.userId))
        instances = await this.#instancesOf(asker);
    } catch {
      const missing = unknown.filter((userId) => !answered.has(userId));
      refused.push(...missing.map((userId) => refusal(userId, 'registryUnavailable')));
    }
    const statuses = visible.flatMap((userId) => {
      const status = this.#table.find({ sdkAppId, userId })?.status ?? answered.get(userId);
      return status === undefined ? [] : [statusOnWire(userId, status)];
    });
    return { ...emptyAnswer, statuses, refused, instances };
  }

  /** The registry tells of a user; not in order, and maybe again. Only what is newer counts (rule PRESENCE-1). */
  told(status: UserStatus): void {
    const user = this.#table.find(status.user);
    if (user === undefined) return;
    this.counters.told += 1;
    const known = user.status;
    if (known === undefined) user.status = plain(status);
    else if (status.version > known.version) this.#change(user, status);
    else if (status.version === 0 && known.version > 0) {
      this.counters.doubted += 1;
      this.#doubts.add(user);
    } else this.counters.stale += 1;
  }

  /** All a session watches, as pushes, for a client that has come back (rule PRESENCE-10). */
  snapshotOf(watcher: Watcher): readonly Frame<'statusChanged'>[] {
    const byApp = new Map<number, Answer['statuses'][number][]>();
    for (const { sdkAppId, userId, status } of watcher.users) {
      if (status === undefined) continue;
      const statuses = byApp.get(sdkAppId) ?? [];
      statuses.push(statusOnWire(userId, status));
      byApp.set(sdkAppId, statuses);
    }
    return [...byApp].flatMap(([sdkAppId, statuses]) =>
      partsOf({ ...emptyAnswer, statuses }).map((part) => ({
        name: 'statusChanged' as const,
        seq: 0,
        sdkAppId,
        statuses: part.statuses,
      })),
    );
  }

  stop(): void {
    this.#doubts.close();
  }

  /** Asked a second time, the registry still knows nothing: so it is. */
  #believe(status: UserStatus): void {
    const user = this.#table.find(status.user);
    const known = user?.status;
    if (user === undefined || known === undefined) return;
    if (status.version > known.version || (status.version === 0 && known.version > 0))
      this.#change(user, status);
  }

  #change(user: WatchedUser, status: UserStatus): void {
    user.status = plain(status);
    this.#doubts.clear(user);
    this.#fanOut.changed(user);
  }

  /** Beyond the bound the oldest watches go, those of this very call too when it asks for more than there may be. */
  #dropOldest(watcher: Watcher): Answer['dropped'] {
    const dropped: Answer['dropped'][number][] = [];
    for (const user of watcher.users) {
      if (watcher.users.size <= this.settings.watchesPerSession) break;
      this.#table.remove(watcher, user);
      dropped.push([user.userId, user.sdkAppId]);
    }
    return dropped;
  }

  /** Asks the registry for those nobody here has watched before; whom it does not tell of is not watched. */
  async #learn(watcher: Watcher, wanted: readonly WatchedUser[]): Promise<readonly Refusal[]> {
    const unknown = wanted.filter((user) => user.status === undefined && watcher.users.has(user));
    if (unknown.length === 0) return [];
    try {
      const users = unknown.map(({ sdkAppId, userId }) => ({ sdkAppId, userId }));
      for (const status of await this.#registry.watch(users)) this.told(status);
      return [];
    } catch {
      const failed = unknown.filter((user) => user.status === undefined);
      for (const user of failed) this.#table.remove(watcher, user);
      return failed.map(({ userId }) => refusal(userId, 'registryUnavailable'));
    }
  }

  async #instancesOf(user: UserRef): Promise<Answer['instances']> {
    const records = await this.#registry.sessions(user);
    return records.slice(0, 200).map(({ instanceId, platform }) => [instanceId, platform]);
  }
}

const emptyAnswer: Answer = { statuses: [], refused: [], dropped: [], instances: [] };

/** Each list of platforms there is, once: there are few, and very many users. */
const platformLists = new Map<string, readonly Platform[]>();

/** Only what is kept: the table knows the user. */
function plain({ state, platforms: told, customStatus, version }: Status): Status {
  const key = told.join();
  const platforms = platformLists.get(key) ?? told;
  platformLists.set(key, platforms);
  return { state, platforms, customStatus, version };
}
