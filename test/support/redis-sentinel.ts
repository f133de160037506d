import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './until.ts';

/** How a Sentinel deployment is set up. */
export interface SentinelOptions {
  /** After how long without an answer the Sentinels take the primary for dead; 1,000 if left out. */
  readonly downAfterMs?: number;
  /** Whether the primary wants a replica that keeps up (min-replicas-to-write 1); true if left out. */
  readonly isFenced?: boolean;
  /** More words of the command line of each data server. */
  readonly args?: readonly string[];
  /** Puts something before the port of a server or a Sentinel and gives back where everybody else is to reach it. */
  readonly front?: (port: number) => Promise<number>;
}

/** The name the Sentinels know the primary by. */
export const masterName = 'main';

/** One primary, two replicas and three Sentinels of the test's own. They end with the test process. */
export class RedisSentinel {
  /** The data servers; the first one began as the primary. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];

  readonly #ports: ReadonlyMap<RedisServer, number>;

  private constructor(
    servers: readonly RedisServer[],
    sentinels: readonly RedisServer[],
    ports: ReadonlyMap<RedisServer, number>,
  ) {
    this.servers = servers;
    this.sentinels = sentinels;
    this.#ports = ports;
  }

  /** Starts all six; resolves when the Sentinels know each other and both replicas, and the primary takes writes. */
  static async start(options: SentinelOptions = {}): Promise<RedisSentinel> {
    const { downAfterMs = 1000, isFenced = true, args = [] } = options;
    const fence = ['--min-replicas-to-write', isFenced ? '1' : '0', '--min-replicas-max-lag', '2'];
    // A replica asks for its first copy at once instead of after the usual wait for others.
    const words = [...fence, '--repl-diskless-sync-delay', '0', ...args];
    words.push('--repl-ping-replica-period', '1');
    const [servers, sentinels] = await Promise.all([
      Promise.all([1, 2, 3].map(() => startRedis({ args: words }))),
      Promise.all([1, 2, 3].map(() => startRedis({ config: '', args: ['--sentinel'] }))),
    ]);
    const ports = new Map<RedisServer, number>();
    for (const server of [...servers, ...sentinels]) {
      ports.set(server, (await options.front?.(server.port)) ?? server.port);
    }
    const all = new RedisSentinel(servers, sentinels, ports);
    await all.#settle(downAfterMs);
    return all;
  }

  /** Where everybody else reaches a server or a Sentinel. */
  portOf(server: RedisServer): number {
    return this.#ports.get(server) ?? server.port;
  }

  /** Makes a data server, which may have been started again, a replica of another one. */
  async follow(server: RedisServer, primary: RedisServer): Promise<void> {
    await server.cli('CONFIG', 'SET', 'replica-announce-port', this.portOf(server));
    await server.cli('REPLICAOF', '127.0.0.1', this.portOf(primary));
  }

  /** For the gateway: `redis+sentinel://...`. */
  get url(): string {
    const hosts = this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://${hosts}/${masterName}`;
  }

  /** The server that the Sentinels name as primary now. */
  async primary(): Promise<RedisServer> {
    for (const sentinel of this.sentinels) {
      const address = await sentinel
        .call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)
        .catch(() => undefined);
      const port = Array.isArray(address) ? Number(address[1]) : 0;
      const found = this.servers.find((server) => this.portOf(server) === port);
      if (found !== undefined) return found;
    }
    throw new Error('no Sentinel answers');
  }

  /** Waits until another server than `old` is the primary and says so itself. Resolves with it. */
  async newPrimary(old: RedisServer): Promise<RedisServer> {
    await until('another primary', async () => {
      const primary = await this.primary();
      return primary.port !== old.port && (await primary.cli('ROLE')).startsWith('master');
    });
    return this.primary();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }

  async #settle(downAfterMs: number): Promise<void> {
    const [primary, ...replicas] = this.servers;
    if (primary === undefined) return;
    for (const replica of replicas) await this.follow(replica, primary);
    // Before the Sentinels look: they find the replicas through the primary.
    await until('two replicas and a primary that writes', async () => {
      const state = await primary.cli('INFO', 'replication');
      if (!state.includes('connected_slaves:2')) return false;
      return (await primary.cli('SET', 'settled', 'yes', 'PX', 1)) === 'OK';
    });
    const port = this.portOf(primary);
    for (const sentinel of this.sentinels) {
      await sentinel.cli('SENTINEL', 'CONFIG', 'SET', 'announce-ip', '127.0.0.1');
      await sentinel.cli('SENTINEL', 'CONFIG', 'SET', 'announce-port', this.portOf(sentinel));
      await sentinel.cli('SENTINEL', 'MONITOR', masterName, '127.0.0.1', port, 2);
      const limits = ['down-after-milliseconds', downAfterMs, 'failover-timeout', 1000];
      await sentinel.cli('SENTINEL', 'SET', masterName, ...limits);
    }
    for (const sentinel of this.sentinels) {
      await until('Sentinels that know each other', async () => {
        const facts = await sentinel.cli('SENTINEL', 'MASTER', masterName);
        if (!/num-slaves\n2\n/.test(facts)) return false;
        return (await sentinel.cli('SENTINEL', 'CKQUORUM', masterName)).startsWith('OK 3');
      });
    }
  }
}
