import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './until.ts';

/** How a Cluster is set up. */
export interface ClusterOptions {
  /** Masters; 3 if left out. */
  readonly masters?: number;
  /** Replicas of the first master; 0 if left out. With one its slots survive it. */
  readonly replicas?: number;
  /** After how long a master counts as dead; 1,000 if left out. */
  readonly nodeTimeoutMs?: number;
  /** More words of the command line of each server. */
  readonly args?: readonly string[];
}

const slots = 16_384;

/** A Redis Cluster of the test's own on 127.0.0.1. Its servers end with the test process. */
export class RedisCluster {
  readonly masters: readonly RedisServer[];
  /** Of the first master. */
  readonly replicas: readonly RedisServer[];
  readonly #ids = new Map<RedisServer, string>();

  private constructor(masters: readonly RedisServer[], replicas: readonly RedisServer[]) {
    this.masters = masters;
    this.replicas = replicas;
  }

  /** Starts it with the slots spread evenly; resolves when every server says that all is well. */
  static async start(options: ClusterOptions = {}): Promise<RedisCluster> {
    const { masters = 3, replicas = 0, nodeTimeoutMs = 1000, args = [] } = options;
    const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
    const servers = await Promise.all(
      Array.from({ length: masters + replicas }, () =>
        startRedis({ args: [...words, '--repl-diskless-sync-delay', '0', ...args] }),
      ),
    );
    const cluster = new RedisCluster(servers.slice(0, masters), servers.slice(masters));
    await cluster.#join();
    return cluster;
  }

  /** For the gateway: `redis+cluster://...`. */
  get url(): string {
    const hosts = this.masters.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `redis+cluster://${hosts}`;
  }

  /** The slot of a key. */
  async slotOf(key: string): Promise<number> {
    return Number(await this.#anyone.cli('CLUSTER', 'KEYSLOT', key));
  }

  /** The master that holds a slot, as a living server tells it. */
  async ownerOf(slot: number): Promise<RedisServer> {
    const ranges = (await this.#anyone.call('CLUSTER', 'SLOTS')) as [
      number,
      number,
      [string, number],
    ][];
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    const port = range?.[2][1];
    const owner = [...this.masters, ...this.replicas].find((server) => server.port === port);
    if (owner === undefined) throw new Error(`nobody holds slot ${slot}`);
    return owner;
  }

  /**
   * Moves a slot with its keys as a resharding does: the slot is marked on both sides, the keys go one by one, then
   * all masters learn the new owner. `between` runs while half of the keys have gone.
   */
  async moveSlot(
    slot: number,
    to: RedisServer,
    between: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const from = await this.ownerOf(slot);
    if (from === to) return;
    await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await this.#id(from));
    await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await this.#id(to));
    const keys = await this.#keysOf(from, slot);
    await this.#migrate(keys.slice(0, Math.ceil(keys.length / 2)), from, to);
    await between();
    // Logins may have written more meanwhile.
    for (let rest = await this.#keysOf(from, slot); rest.length > 0;) {
      await this.#migrate(rest, from, to);
      rest = await this.#keysOf(from, slot);
    }
    const owner = await this.#id(to);
    // The new owner first, so that no moment has none.
    const others = this.masters.filter((server) => server !== to);
    for (const server of [to, ...others])
      await server.cli('CLUSTER', 'SETSLOT', slot, 'NODE', owner);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.masters, ...this.replicas].map((server) => server.stop()));
  }

  get #anyone(): RedisServer {
    const [server] = this.masters.slice(-1);
    if (server === undefined) throw new Error('a Cluster without masters');
    return server;
  }

  async #id(server: RedisServer): Promise<string> {
    const id = this.#ids.get(server) ?? (await server.cli('CLUSTER', 'MYID'));
    this.#ids.set(server, id);
    return id;
  }

  async #keysOf(server: RedisServer, slot: number): Promise<string[]> {
    return (await server.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[];
  }

  async #migrate(keys: readonly string[], from: RedisServer, to: RedisServer): Promise<void> {
    if (keys.length === 0) return;
    await from.cli('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
  }

  async #join(): Promise<void> {
    const all = [...this.masters, ...this.replicas];
    const [first] = this.masters;
    if (first === undefined) return;
    await this.#meet(all, first);
    const share = Math.ceil(slots / this.masters.length);
    for (const [i, server] of this.masters.entries()) {
      const end = Math.min((i + 1) * share, slots) - 1;
      await server.cli('CLUSTER', 'ADDSLOTSRANGE', i * share, end);
    }
    await this.#settled(all);
    for (const replica of this.replicas) {
      await replica.cli('CLUSTER', 'REPLICATE', await this.#id(first));
    }
    if (this.replicas.length === 0) return;
    await until('replicas that have their copy', async () => {
      const state = await first.cli('INFO', 'replication');
      return state.match(/state=online/g)?.length === this.replicas.length;
    });
    await this.#settled(all);
  }

  /** On a busy machine a handshake may take longer than the node time-out, and is forgotten then: said again. */
  async #meet(all: readonly RedisServer[], first: RedisServer): Promise<void> {
    await until('servers that have met', async () => {
      let areMet = true;
      for (const server of all) {
        const known = /cluster_known_nodes:(\d+)/.exec(await server.cli('CLUSTER', 'INFO'))?.[1];
        areMet &&= Number(known) >= all.length;
        const isAlone = known === '1' && server !== first;
        if (isAlone) await server.cli('CLUSTER', 'MEET', '127.0.0.1', first.port);
      }
      return areMet;
    });
  }

  async #settled(all: readonly RedisServer[]): Promise<void> {
    const facts = [
      'cluster_state:ok',
      `cluster_known_nodes:${all.length}`,
      `cluster_size:${this.masters.length}`,
    ];
    for (const server of all) {
      await until('servers that know each other', async () => {
        const info = await server.cli('CLUSTER', 'INFO');
        return facts.every((fact) => info.includes(fact));
      });
    }
  }
}
