import { expect, vi } from 'vitest';
import { MemoryRegistry } from '../../gateway/registry/memory/memory-registry.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import { RedisRegistry } from '../../gateway/registry/redis/redis-registry.ts';
import type { RedisRegistrySettings } from '../../gateway/registry/redis/redis-registry.ts';
import { startRedis } from '../support/redis-server.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { startNode } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

let incarnations = 0;

/** A nodeId of its own for each node a test starts. */
export function nextNodeId(): string {
  incarnations += 1;
  return `node-${incarnations}`;
}

/** Nodes of one process over one memory store. */
export class MemoryFleet implements Fleet {
  readonly hasPresence = true;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore = new MemoryStore()) {
    this.#store = store;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  node(): Promise<FleetNode> {
    return startNode(new MemoryRegistry(nextNodeId(), this.#store));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** Nodes over a redis-server of their own. */
export class RedisFleet implements Fleet {
  readonly hasPresence = false;
  #server: RedisServer | undefined;
  readonly #nodes: FleetNode[] = [];
  /** What the registries logged, as text. */
  readonly logged: string[] = [];
  readonly #isCluster: boolean;

  /** `cluster`: the server is a Cluster of one, which refuses scripts whose keys lie in different slots. */
  constructor(mode: 'standalone' | 'cluster' = 'standalone') {
    this.#isCluster = mode === 'cluster';
  }

  get server(): RedisServer {
    if (this.#server === undefined) throw new Error('the fleet has not been started');
    return this.#server;
  }

  async start(): Promise<void> {
    if (!this.#isCluster) {
      this.#server = await startRedis();
      return;
    }
    const server = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    this.#server = server;
    await server.cli('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await vi.waitFor(async () => {
      expect(await server.cli('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    }, 10_000);
  }

  /** A registry that has not been started. */
  registry(wish: Partial<RedisRegistrySettings> = {}): RedisRegistry {
    const settings = {
      url: this.server.url,
      prefix: 'gatehouse',
      partitions: 16,
      commandTimeoutMs: 1000,
      // So long that no beat falls into a test which does not ask for one.
      leaseS: 600,
      auditS: 600,
      ...wish,
    };
    const log = (facts: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(facts)}`);
    };
    return new RedisRegistry(settings, nextNodeId(), { info: log, warn: log, error: log });
  }

  async node(wish: Partial<RedisRegistrySettings> = {}): Promise<FleetNode> {
    const node = await startNode(this.registry(wish));
    this.#nodes.push(node);
    return node;
  }

  /** Every session of every user in Redis, by sessionId, with the node it names and its epoch. */
  async registered(): Promise<Map<string, { nodeId: string; epoch: number }>> {
    const all = new Map<string, { nodeId: string; epoch: number }>();
    for (const key of (await this.server.call('KEYS', '*:user:*')) as string[]) {
      const flat = (await this.server.call('HGETALL', key)) as string[];
      for (let i = 0; i < flat.length; i += 2) {
        const [sessionId = '', nodeId = '', , epoch] = (flat[i + 1] ?? '').split(' ');
        if (flat[i]?.startsWith('s:')) all.set(sessionId, { nodeId, epoch: Number(epoch) });
      }
    }
    return all;
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes) await node.registry.stop();
    await this.#server?.stop();
  }
}
