import { expect, vi } from 'vitest';
import type { EventKind } from '../../protocol/event-kinds.ts';
import type { EventWishes, SessionEvent } from '../../gateway/registry/events.ts';
import { parseEvent } from '../../gateway/registry/redis/event-text.ts';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';

import type { HeldSession } from '../../gateway/registry/held-sessions.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { freshUser, hold, loginOf } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';
import type { RegistryWish } from './fleets.ts';

export const patient = { timeout: 10_000, interval: 10 };
export const keys = new Keys('gatehouse', 16);

/** A node whose way to Redis a test can spoil. */
export type ProxiedNode = FleetNode & { readonly proxy: FaultProxy };

/** Nodes that live fast (a lease of 2 s, a beat each 0.5 s), and a look at what Redis knows of them. */
export class FastFleet extends RedisFleet {
  readonly #proxies: FaultProxy[] = [];
  readonly #fast: FleetNode[] = [];
  readonly #events: EventWishes;

  /** `events`: those that its nodes keep. */
  constructor(events: EventWishes = new Map()) {
    super();
    this.#events = events;
  }

  override async node(wish: RegistryWish = {}): Promise<FleetNode> {
    const events = this.#events;
    const node = await super.node({ leaseS: 2, commandTimeoutMs: 300, events, ...wish });
    this.#fast.push(node);
    return node;
  }

  async behindProxy(wish: RegistryWish = {}): Promise<ProxiedNode> {
    const proxy = await FaultProxy.start(this.server.port);
    this.#proxies.push(proxy);
    return { ...(await this.node({ url: proxy.url, ...wish })), proxy };
  }

  /** Between two tests: stops the nodes and empties Redis. */
  async clear(): Promise<void> {
    await Promise.all(this.#fast.splice(0).map(({ registry }) => registry.stop()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
    await this.server.cli('FLUSHALL');
  }

  /** What happened to sessions of this kind, or all, by partition. */
  async events(kind?: EventKind): Promise<SessionEvent[]> {
    const streams = (await this.server.call('KEYS', '*:events:*')) as string[];
    const entries = await Promise.all(
      streams.map((stream) => this.server.call('XRANGE', stream, '-', '+')),
    );
    return (entries.flat() as [string, string[]][])
      .map(([, fields]) => parseEvent(1_400_000_000, fields[1] ?? ''))
      .filter((event) => event !== undefined && (kind ?? event.kind) === event.kind)
      .map((event) => event as SessionEvent);
  }

  /** The nodes with a lease, held or run out. */
  leases(): Promise<string[]> {
    return this.server.call('ZRANGE', keys.leases, 0, -1) as Promise<string[]>;
  }

  /** Waits until Redis has exactly the sessions that these nodes hold. */
  settles(...nodes: readonly FleetNode[]): Promise<void> {
    return vi.waitFor(
      async () => expect(await this.registered()).toEqual(truthOf(...nodes)),
      patient,
    );
  }

  /** The end of a node's lease, in Redis time in ms. */
  async leaseEnd({ registry }: FleetNode): Promise<number> {
    return Number(await this.server.cli('ZSCORE', keys.leases, registry.nodeId));
  }

  /** Redis time in whole seconds, as ms. */
  async storeMs(): Promise<number> {
    const [now] = (await this.server.call('TIME')) as [string];
    return Number(now) * 1000;
  }

  /** A kick as it is when its message goes astray. */
  kickUnheard(user: UserRef): Promise<unknown> {
    const { kick } = loadScripts();
    const member = memberOf(user);
    const key = keys.user(keys.partitionOf(member), member);
    return this.server.call('EVAL', kick.lua, 1, key, 'REST', 'nowhere:', 0, member, '', '', 'all');
  }
}

/** What Redis must know when these nodes are right: as `RedisFleet.registered` tells it. */
export function truthOf(
  ...nodes: readonly FleetNode[]
): Map<string, { nodeId: string; epoch: number }> {
  return new Map(
    nodes.flatMap((node) =>
      [...node.held.values()].map(
        ({ sessionId, epoch }) => [sessionId, { nodeId: node.registry.nodeId, epoch }] as const,
      ),
    ),
  );
}

/** Where Redis keeps the record of a user, and the index of a node that the user would stand in. */
export function placeOf(node: FleetNode, user: UserRef): { record: string; index: string } {
  const member = memberOf(user);
  const p = keys.partitionOf(member);
  const index = keys.nodeIndexes(node.registry.nodeId)[p] ?? '';
  return { record: keys.user(p, member), index };
}

/** New sessions of as many new users. */
export function holdMany(node: FleetNode, count: number): Promise<HeldSession[]> {
  return Promise.all(Array.from({ length: count }, () => hold(node, loginOf(freshUser()))));
}
