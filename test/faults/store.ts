import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { FaultProxy } from './proxy.ts';

/** How a node reaches the store. */
export interface StoreAccess {
  /** For `--redis`. */
  readonly url: string;
  /** What stands between the node and the store, if anything does. */
  readonly proxy?: FaultProxy;
}

/** The Redis of a bench, in any topology. */
export interface Store {
  /** Asked once for each node; a node that is started again keeps its access. */
  access(node: string): Promise<StoreAccess>;
  /** Connections of the bench's own to every server that holds records now, past all proxies. */
  primaries(): Promise<readonly Redis[]>;
  /** Ends all of it. May be called twice. */
  stop(): Promise<void>;
}

/** A connection of the bench's own: fails fast, and connects again by itself. */
export function observe(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: 5000,
    retryStrategy: () => 25,
  });
  // Redis dies here on purpose; whoever asks then learns of it.
  redis.on('error', () => undefined);
  return redis;
}

/** One redis-server, and a proxy of its own for each node. */
export class SingleRedis implements Store {
  readonly server: RedisServer;
  readonly #observer: Redis;
  readonly #proxies: FaultProxy[] = [];

  readonly #port: number;

  /** `port`: where the proxies lead, if not straight to the server. */
  protected constructor(server: RedisServer, port = server.port) {
    this.server = server;
    this.#port = port;
    this.#observer = observe(server.url);
  }

  static async start(args: readonly string[] = []): Promise<SingleRedis> {
    return new SingleRedis(await startRedis({ args }));
  }

  async access(): Promise<StoreAccess> {
    const proxy = await FaultProxy.start(this.#port);
    this.#proxies.push(proxy);
    return { url: proxy.url, proxy };
  }

  primaries(): Promise<readonly Redis[]> {
    return Promise.resolve([this.#observer]);
  }

  async stop(): Promise<void> {
    this.#observer.disconnect();
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
    await this.server.stop();
  }
}
