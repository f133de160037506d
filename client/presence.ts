import { GatehouseError } from './gatehouse-error.ts';
import type { Link } from './link.ts';
import { statusFrom, type StatusOnWire, type UserStatus } from './user-status.ts';

/** One watched user. */
export interface Watch {
  readonly sdkAppId: number;
  readonly userID: string;
}

/** A user of whom nothing is told, and why. */
export interface RefusedUser {
  readonly userID: string;
  readonly error: GatehouseError;
}

/** What watch() brought. */
export interface WatchResult {
  readonly statuses: readonly UserStatus[];
  readonly refused: readonly RefusedUser[];
  /** Older watches that the gateway ended to make room. */
  readonly dropped: readonly Watch[];
}

/** What query() brought. */
export interface QueryResult {
  readonly statuses: readonly UserStatus[];
  readonly refused: readonly RefusedUser[];
  /** The own instances that are online, newest first, where they were asked for. */
  readonly instances: readonly { readonly instanceId: string; readonly platform: string }[];
}

/** Most users one watch names (rule PRESENCE-4). */
const usersPerWatch = 100;

/** What one user watches and has said of herself. It outlives links, so that both can be restored, and no login. */
export class Presence {
  readonly #own: Watch;
  readonly #watches = new Map<string, Watch>();
  readonly #known = new Map<string, UserStatus>();
  #customStatus = '';

  constructor(own: Watch) {
    this.#own = own;
  }

  /** The statuses that are news (rule PRESENCE-1); those of users nobody watches any more are none. */
  take(sdkAppId: number, statuses: readonly unknown[]): UserStatus[] {
    return statuses
      .map((status) => statusFrom(sdkAppId, status as StatusOnWire))
      .filter((status) => this.#isNews(status));
  }

  async watch(link: Link, userIds: readonly string[], sdkAppId: number): Promise<WatchResult> {
    // Before the answer: a change may overtake it (rule PRESENCE-2).
    const fresh = userIds.filter((userID) => this.#add({ sdkAppId, userID }));
    const forget = (userID: string): void => this.#remove({ sdkAppId, userID });
    const reply = await link.ask('watch', { userIds, sdkAppId }).catch((error: unknown) => {
      fresh.forEach(forget);
      throw error;
    });
    const refused = refusedFrom(reply);
    const without = new Set(refused.map(({ userID }) => userID));
    for (const userID of userIds) {
      // Again: another call for the same user, which failed, may have taken it away meanwhile.
      if (!without.has(userID)) this.#add({ sdkAppId, userID });
      else if (fresh.includes(userID)) forget(userID);
    }
    const dropped = reply.dropped.map(([userID, app]) => ({ sdkAppId: app, userID }));
    for (const watch of dropped) this.#remove(watch);
    this.take(sdkAppId, reply.statuses);
    const statuses = reply.statuses.map(
      (status) =>
        this.#known.get(keyOf({ sdkAppId, userID: status[0] })) ?? statusFrom(sdkAppId, status),
    );
    return { statuses, refused, dropped };
  }

  async unwatch(link: Link, userIds: readonly string[], sdkAppId: number): Promise<void> {
    await link.ask('unwatch', { userIds, sdkAppId });
    const gone =
      userIds.length === 0
        ? [...this.#watches.values()]
        : userIds.map((userID) => ({ sdkAppId, userID }));
    for (const watch of gone) this.#remove(watch);
  }

  async query(
    link: Link,
    userIds: readonly string[],
    options: { readonly sdkAppId: number; readonly withInstances: boolean },
  ): Promise<QueryResult> {
    const reply = await link.ask('query', { userIds, ...options });
    return {
      statuses: reply.statuses.map((status) => statusFrom(options.sdkAppId, status)),
      refused: refusedFrom(reply),
      instances: reply.instances.map(([instanceId, platform]) => ({ instanceId, platform })),
    };
  }

  async setStatus(link: Link, customStatus: string): Promise<void> {
    await link.ask('setStatus', { customStatus });
    this.#customStatus = customStatus;
  }

  /**
   * Brings watches and custom status to a new session.
   * @param inForce how many watches the gateway has taken over by itself (rule PRESENCE-10)
   * @returns statuses that are news, and the wait after which to call again for what did not work yet; 0: all is done
   */
  async restore(link: Link, inForce: number): Promise<{ news: UserStatus[]; againInMs: number }> {
    const news: UserStatus[] = [];
    let againInMs = 0;
    const watches = inForce === this.#watches.size ? [] : [...this.#watches.values()];
    for (const { sdkAppId, userIds } of groupsOf(watches)) {
      const reply = await link.ask('watch', { userIds, sdkAppId });
      news.push(...this.take(sdkAppId, reply.statuses));
      for (const [userID, app] of reply.dropped) this.#remove({ sdkAppId: app, userID });
      for (const { userID, error } of refusedFrom(reply)) {
        if (error.retry === 'later') againInMs = Math.max(againInMs, error.retryAfterMs);
        else this.#remove({ sdkAppId, userID });
      }
    }
    await this.#restoreStatus(link);
    return { news, againInMs };
  }

  /** Only where it has ended with the session: one that another device set meanwhile is newer and stays. */
  async #restoreStatus(link: Link): Promise<void> {
    if (this.#customStatus === '') return;
    const present = await this.#statusAt(link);
    if (present === '') await link.ask('setStatus', { customStatus: this.#customStatus });
    else this.#customStatus = present;
  }

  /** The own custom status as the gateway has it; empty where it tells nobody's (rule PRESENCE-7). */
  async #statusAt(link: Link): Promise<string> {
    const { sdkAppId, userID } = this.#own;
    const fields = { userIds: [userID], sdkAppId, withInstances: false };
    const { statuses } = await link.ask('query', fields).catch((error: GatehouseError) => {
      if (error.code === 72001) return { statuses: [] };
      throw error;
    });
    return statuses[0]?.[3] ?? '';
  }

  #isNews(status: UserStatus): boolean {
    const key = keyOf(status);
    const isOwn = key === keyOf(this.#own);
    if (!isOwn && !this.#watches.has(key)) return false;
    const known = this.#known.get(key);
    const isNews =
      known === undefined ||
      status.version > known.version ||
      (status.version === 0 && known.version > 0);
    if (!isNews) return false;
    this.#known.set(key, status);
    // Set on another device: this one must not bring its older one back.
    if (isOwn && status.state === 'online') this.#customStatus = status.customStatus;
    return true;
  }

  /** Makes a watch the newest; true when there was none. */
  #add(watch: Watch): boolean {
    const key = keyOf(watch);
    const isNew = !this.#watches.delete(key);
    this.#watches.set(key, watch);
    return isNew;
  }

  #remove(watch: Watch): void {
    this.#watches.delete(keyOf(watch));
    this.#known.delete(keyOf(watch));
  }
}

function keyOf({ sdkAppId, userID }: Watch): string {
  return `${sdkAppId}/${userID}`;
}

function refusedFrom({
  refused,
  retryAfterMs,
}: {
  readonly refused: readonly (readonly [string, number])[];
  readonly retryAfterMs: number;
}): RefusedUser[] {
  return refused.map(([userID, code]) => {
    const error = new GatehouseError(code, { message: `nothing is told of ${userID}` });
    if (error.retry !== 'later') return { userID, error };
    return {
      userID,
      error: new GatehouseError(code, {
        message: `nothing is told of ${userID} now`,
        retryAfterMs,
      }),
    };
  });
}

/** Watches by app, as many together as one request may name, oldest first. */
function groupsOf(watches: readonly Watch[]): { sdkAppId: number; userIds: string[] }[] {
  const groups: { sdkAppId: number; userIds: string[] }[] = [];
  for (const { sdkAppId, userID } of watches) {
    let group = groups.findLast((one) => one.sdkAppId === sdkAppId);
    if (group === undefined || group.userIds.length === usersPerWatch) {
      group = { sdkAppId, userIds: [] };
      groups.push(group);
    }
    group.userIds.push(userID);
  }
  return groups;
}
