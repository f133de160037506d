import type { Redis } from 'ioredis';
import { masterName, RedisSentinel } from '../support/redis-sentinel.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { FaultProxy, type Which } from './proxy.ts';
import { observe, type Store, type StoreAccess } from './store.ts';

/** Links on which a replica or a Sentinel talks to a data server. */
const isOfServers: Which = ({ said }) => /REPLCONF|PSYNC|sentinel-/i.test(said);
/** Links on which a node asks or listens to a Sentinel. */
const isOfNode: Which = ({ said }) =>
  /get-master-addr-by-name|switch-master|\$9\r\nsentinels/i.test(said);

/**
 * One primary, two replicas, three Sentinels. A partable one has a proxy before each of them for everybody, and one more before
 * each Sentinel for each node; but a node learns from the Sentinels of the others too.
 */
export class SentinelStore implements Store {
  readonly redis: RedisSentinel;
  readonly #fronts: ReadonlyMap<number, FaultProxy>;
  readonly #observers: ReadonlyMap<RedisServer, Redis>;
  readonly #sentinels = new Map<string, readonly FaultProxy[]>();

  private constructor(redis: RedisSentinel, fronts: ReadonlyMap<number, FaultProxy>) {
    this.redis = redis;
    this.#fronts = fronts;
    this.#observers = new Map(redis.servers.map((server) => [server, observe(server.url)]));
  }

  /** Everybody reaches everybody directly: a server that dies refuses connections, as no proxy does. */
  static async start(): Promise<SentinelStore> {
    return new SentinelStore(await RedisSentinel.start(), new Map());
  }

  /** With proxies, so that it can be parted. */
  static async startPartable({ isFenced }: { readonly isFenced: boolean }): Promise<SentinelStore> {
    const fronts = new Map<number, FaultProxy>();
    const front = async (port: number): Promise<number> => {
      const proxy = await FaultProxy.start(port);
      fronts.set(port, proxy);
      return proxy.port;
    };
    return new SentinelStore(await RedisSentinel.start({ isFenced, front }), fronts);
  }

  async access(node: string): Promise<StoreAccess> {
    if (this.#fronts.size === 0) return { url: this.redis.url };
    const { sentinels } = this.redis;
    const proxies = await Promise.all(sentinels.map(({ port }) => FaultProxy.start(port)));
    this.#sentinels.set(node, proxies);
    const hosts = proxies.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return { url: `redis+sentinel://${hosts}/${masterName}` };
  }

  async primaries(): Promise<readonly Redis[]> {
    const observer = this.#observers.get(await this.redis.primary());
    return observer === undefined ? [] : [observer];
  }

  /** Parts a server and this node from all the others: they see each other, and no Sentinel and no replica sees them. */
  part(server: RedisServer, node: string): void {
    this.#fronts.get(server.port)?.stall(isOfServers);
    for (const { port } of this.redis.sentinels) this.#fronts.get(port)?.stall(isOfNode);
    for (const proxy of this.#sentinels.get(node) ?? []) proxy.stall();
  }

  heal(): void {
    for (const proxy of this.#proxies) proxy.heal();
  }

  async stop(): Promise<void> {
    for (const observer of this.#observers.values()) observer.disconnect();
    await this.redis.stop();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    this.#sentinels.clear();
  }

  get #proxies(): readonly FaultProxy[] {
    return [...this.#fronts.values(), ...[...this.#sentinels.values()].flat()];
  }
}
