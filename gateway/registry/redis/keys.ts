import type { UserRef } from '../user.ts';

/**
 * Every key and channel of a deployment. All keys of a partition share one hash tag, so a script that touches a
 * user's record and a node's index stays in one slot of a Cluster. The layout is part of the data: a change
 * needs another `dataVersion`.
 */
export class Keys {
  readonly partitions: number;
  /** `<prefix>:deployment`: how the data is laid out; written by the first node, compared by all. */
  readonly deployment: string;
  /** `<prefix>:nodes`: the leases of all nodes; see scripts/lease.lua. */
  readonly leases: string;
  /** `<prefix>:load:{<prefix>:nodes}`: what the nodes say of themselves, a hash beside the leases; see scripts/lease.lua. */
  readonly load: string;
  /** `<prefix>:shares`: which node tells of which events; see scripts/shares.lua. */
  readonly shares: string;
  /** `<prefix>:policies:{<prefix>:nodes}`: the policies set at run time, a hash beside the leases; see scripts/policies.lua. */
  readonly policies: string;
  /** Goes before a nodeId to name that node's channel. */
  readonly channelPrefix: string;
  readonly #prefix: string;
  readonly #userPrefixes: readonly string[];
  readonly #accountPrefixes: readonly string[];
  readonly #activityPrefixes: readonly string[];
  readonly #eventPrefixes: readonly string[];
  readonly #cursorPrefixes: readonly string[];

  constructor(prefix: string, partitions: number) {
    this.partitions = partitions;
    this.deployment = `${prefix}:deployment`;
    this.leases = `${prefix}:nodes`;
    this.load = `${prefix}:load:{${this.leases}}`;
    this.policies = `${prefix}:policies:{${this.leases}}`;
    this.channelPrefix = `${prefix}:node:`;
    this.#prefix = prefix;
    this.#userPrefixes = this.#all('user:');
    this.#accountPrefixes = this.#all('accounts:');
    this.#activityPrefixes = this.#all('activity:');
    this.#eventPrefixes = this.#all('events:');
    this.#cursorPrefixes = this.#all('cursor:');
    this.shares = `${prefix}:shares`;
  }

  /** The user's record, a hash: see scripts/records.lua. `member` as `memberOf` makes it. */
  user(partition: number, member: string): string {
    return `${this.#userPrefixes[partition]}${member}`;
  }

  /** One set a partition: the members whose sessions `nodeId` holds. Computed once a node, read at each login. */
  nodeIndexes(nodeId: string): readonly string[] {
    return this.#all(`node:${nodeId}`);
  }

  /** The users of an app who have an account, a hash: see scripts/activity.lua. */
  accounts(partition: number, sdkAppId: number): string {
    return `${this.#accountPrefixes[partition]}${sdkAppId}`;
  }

  /** How many users of an app were active, a hash: see scripts/activity.lua. */
  activity(partition: number, sdkAppId: number): string {
    return `${this.#activityPrefixes[partition]}${sdkAppId}`;
  }

  /** How busy the nodes are with an app, a hash: see scripts/traffic.lua. Its tag puts it beside the leases. */
  traffic(sdkAppId: number): string {
    return `${this.#prefix}:traffic:{${this.leases}}:${sdkAppId}`;
  }

  /** The pushes that are kept for a user, a list: see scripts/kept-push.lua. */
  pushes(partition: number, member: string): string {
    return `${this.#prefix}:{p${partition}}:pushes:${member}`;
  }

  /**
   * The pushes to everybody of an app, a sorted set: see scripts/broadcast.lua. Its hash tag is the whole key of the leases,
   * so that both lie in one slot.
   */
  tasks(sdkAppId: number): string {
    return `${this.#prefix}:tasks:{${this.leases}}:${sdkAppId}`;
  }

  /** What happened to sessions of an app in the partition, a stream: see scripts/events.lua. */
  events(partition: number, sdkAppId: number): string {
    return `${this.#eventPrefixes[partition]}${sdkAppId}`;
  }

  /** Goes before an app to name its stream in the partition. */
  eventPrefix(partition: number): string {
    return this.#eventPrefixes[partition] ?? '';
  }

  /** How far the events of an app in the partition have been told: see scripts/feed.lua. */
  cursor(partition: number, sdkAppId: number): string {
    return `${this.#cursorPrefixes[partition]}${sdkAppId}`;
  }

  /** The channel on which a node hears of its sessions. */
  channel(nodeId: string): string {
    return `${this.channelPrefix}${nodeId}`;
  }

  /** The partition of a user: FNV-1a (32 bit) over the characters of `member`, modulo the number of partitions. */
  partitionOf(member: string): number {
    let hash = 0x811c_9dc5;
    for (let i = 0; i < member.length; i += 1) {
      hash = Math.imul(hash ^ member.charCodeAt(i), 0x0100_0193);
    }
    return (hash >>> 0) % this.partitions;
  }

  #all(rest: string): readonly string[] {
    return Array.from({ length: this.partitions }, (_, p) => `${this.#prefix}:{p${p}}:${rest}`);
  }
}

/** The user that `memberOf` has named. */
export function parseMember(member: string): UserRef {
  const colon = member.indexOf(':');
  return { sdkAppId: Number(member.slice(0, colon)), userId: member.slice(colon + 1) };
}

/** How a user is called inside keys and indexes: `<app>:<user>`. */
export function memberOf(user: UserRef): string {
  return `${user.sdkAppId}:${user.userId}`;
}

/** Throws when a nodeId or a prefix has characters that records or hash tags have a use for. */
export function mustFit(nodeId: string, prefix: string): void {
  if (!/^[A-Za-z0-9_.:-]+$/.test(nodeId)) throw new Error(`unfit for a node: "${nodeId}"`);
  if (!/^[^\s{}*]+$/.test(prefix)) throw new Error(`unfit for a prefix of keys: "${prefix}"`);
}
