import { parseRedisUrl, type RedisAddress } from '../../gateway/config/redis-url.ts';
import { MemoryRegistry } from '../../gateway/registry/memory/memory-registry.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import { RedisRegistry } from '../../gateway/registry/redis/redis-registry.ts';
import type { RedisRegistrySettings } from '../../gateway/registry/redis/settings.ts';
import { startRedis } from '../support/redis-server.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { wishes } from './event-wishes.ts';
import { startNode } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

let incarnations = 0;

/** A nodeId of its own for each node a test starts. */
function nextNodeId(): string {
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

/** Settings of one registry that differ from the fleet's; `url` is short for the address. */
export type RegistryWish = Partial<RedisRegistrySettings> & { readonly url?: string };

/** The address a text names. */
function addressOf(url: string): RedisAddress {
  const address = parseRedisUrl(url);
  if (address === undefined) throw new Error(`no address of Redis: ${url}`);
  return address;
}

/** A Redis, whatever it consists of. */
interface Store {
  readonly url: string;
  stop(): Promise<void>;
}

/** Nodes over a Redis of their own: one server, unless another start is given. */
export class RedisFleet<S extends Store = RedisServer> implements Fleet {
  readonly hasPresence = true;
  readonly #start: () => Promise<S>;
  #server: S | undefined;
  readonly #nodes: FleetNode[] = [];
  /** What the registries logged, as text: the level, the message, the facts. */
  readonly logged: string[] = [];

  constructor(start: () => Promise<S> = startRedis as () => Promise<never>) {
    this.#start = start;
  }

  /** The Redis of its own. */
  get server(): S {
    if (this.#server === undefined) throw new Error('the fleet has not been started');
    return this.#server;
  }

  async start(): Promise<void> {
    this.#server = await this.#start();
  }

  /** A registry that has not been started. */
  registry({ url, ...wish }: RegistryWish = {}): RedisRegistry {
    const settings = {
      address: addressOf(url ?? this.server.url),
      prefix: 'gatehouse',
      partitions: 16,
      commandTimeoutMs: 1000,
      // So long that no beat falls into a test which does not ask for one.
      leaseS: 600,
      auditS: 600,
      pushOnlineS: 3600,
      ...wish,
    };
    const log = (level: string) => (facts: object, message: string) =>
      void this.logged.push(`${level} ${message} ${JSON.stringify(facts)}`);
    const logger = { info: log('info'), warn: log('warn'), error: log('error') };
    return new RedisRegistry(settings, nextNodeId(), logger);
  }

  async node(wish: RegistryWish = {}): Promise<FleetNode> {
    const node = await startNode(this.registry(wish));
    this.#nodes.push(node);
    return node;
  }

  /** Every session of every user in Redis, by sessionId, with the node it names and its epoch. */
  async registered(this: RedisFleet): Promise<Map<string, { nodeId: string; epoch: number }>> {
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

/** Nodes that keep events. */
export class TellingFleet<S extends Store = RedisServer> extends RedisFleet<S> {
  override node(wish: RegistryWish = {}): Promise<FleetNode> {
    return super.node({ events: wishes, eventLeaseMs: 2000, ...wish });
  }
}
