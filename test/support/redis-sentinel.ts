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
}

/** The name the Sentinels know the primary by. */
export const masterName = 'main';

/** One primary, two replicas and three Sentinels of the test's own. They end with the test process. */
export class RedisSentinel {
  /** The data servers; the first one began as the primary. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** Starts all six; resolves when the Sentinels know each other and both replicas, and the primary takes writes. */
  static async start(options: SentinelOptions = {}): Promise<RedisSentinel> {
    const { downAfterMs = 1000, isFenced = true, args = [] } = options;
    const fence = ['--min-replicas-to-write', isFenced ? '1' : '0', '--min-replicas-max-lag', '2'];
    // A replica asks for its first copy at once instead of after the usual wait for others.
    const words = [...fence, '--repl-diskless-sync-delay', '0', ...args];
    const primary = await startRedis({ args: words });
    const follow = [
      '--replicaof',
      '127.0.0.1',
      String(primary.port),
      '--repl-ping-replica-period',
      '1',
    ];
    const [servers, sentinels] = await Promise.all([
      Promise.all([1, 2].map(() => startRedis({ args: [...words, ...follow] }))),
      Promise.all([1, 2, 3].map(() => startRedis({ config: '', args: ['--sentinel'] }))),
    ]);
    const all = new RedisSentinel([primary, ...servers], sentinels);
    await all.#settle(downAfterMs);
    return all;
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
      const found = this.servers.find((server) => server.port === port);
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
    const [primary] = this.servers;
    if (primary === undefined) return;
    // Before the Sentinels look: they find the replicas through the primary.
    await until('two replicas and a primary that writes', async () => {
      const state = await primary.cli('INFO', 'replication');
      if (!state.includes('connected_slaves:2')) return false;
      return (await primary.cli('SET', 'settled', 'yes', 'PX', 1)) === 'OK';
    });
    for (const sentinel of this.sentinels) {
      await sentinel.cli('SENTINEL', 'MONITOR', masterName, '127.0.0.1', primary.port, 2);
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
