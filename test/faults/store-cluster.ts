import type { Redis } from 'ioredis';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { app } from '../support/deployment.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { observe, type Store, type StoreAccess } from './store.ts';

/** As the nodes are started: the defaults. */
const keys = new Keys('gatehouse', 256);

/** A Cluster of three masters, reached without proxies. */
export class ClusterStore implements Store {
  readonly redis: RedisCluster;
  readonly #observers: readonly Redis[];

  private constructor(redis: RedisCluster) {
    this.redis = redis;
    this.#observers = redis.masters.map(({ url }) => observe(url));
  }

  static async start(): Promise<ClusterStore> {
    return new ClusterStore(await RedisCluster.start());
  }

  /** Where a user's record lies. */
  slotOf(userId: string): Promise<number> {
    const member = memberOf({ sdkAppId: app.sdkAppId, userId });
    return this.redis.slotOf(keys.user(keys.partitionOf(member), member));
  }

  /** So many names of users that lie in one partition. */
  neighbours(prefix: string, count: number): string[] {
    const names: string[] = [];
    const partition = (userId: string) =>
      keys.partitionOf(memberOf({ sdkAppId: app.sdkAppId, userId }));
    for (let n = 0; names.length < count; n++) {
      const name = `${prefix}-${n}`;
      if (partition(name) === partition(`${prefix}-0`)) names.push(name);
    }
    return names;
  }

  access(): Promise<StoreAccess> {
    return Promise.resolve({ url: this.redis.url });
  }

  primaries(): Promise<readonly Redis[]> {
    return Promise.resolve(this.#observers);
  }

  async stop(): Promise<void> {
    for (const observer of this.#observers) observer.disconnect();
    await this.redis.stop();
  }
}
