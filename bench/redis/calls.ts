import { RedisCluster } from '../../test/support/redis-cluster.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { sampleLogin, startRegistry } from './sample.ts';

/** What a login costs the registry alone, without socket and ticket. */
export interface CallsResult {
  readonly topology: 'standalone' | 'cluster';
  /** CPU of this process for one login, in microseconds. */
  readonly cpuUsPerLogin: number;
}

const warmUp = 5000;
const logins = 20_000;
const atOnce = 100;

/** Measures the CPU of logins on one server, and on a Cluster of three masters. */
export async function measureCalls(topology: CallsResult['topology']): Promise<CallsResult> {
  const redis = await (topology === 'cluster' ? RedisCluster.start() : startRedis());
  const registry = await startRegistry(redis.url);
  try {
    const requests = Array.from({ length: warmUp + logins }, (_, i) => sampleLogin(i));
    let cpu = process.cpuUsage();
    for (let first = 0; first < requests.length; first += atOnce) {
      if (first === warmUp) cpu = process.cpuUsage();
      const batch = requests.slice(first, first + atOnce);
      const outcomes = await Promise.all(batch.map((request) => registry.login(request)));
      if (outcomes.some(({ kind }) => kind !== 'registered')) throw new Error('a login failed');
    }
    const { user, system } = process.cpuUsage(cpu);
    return { topology, cpuUsPerLogin: Math.round(((user + system) / logins) * 10) / 10 };
  } finally {
    await registry.stop();
    await redis.stop();
  }
}
