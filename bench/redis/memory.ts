import { startRedis, type RedisServer } from '../../test/support/redis-server.ts';
import { sampleLogin, startRegistry } from './sample.ts';

/** What sessions take in Redis. */
export interface MemoryResult {
  /** How long a field of a hash may be to be kept in the compact form (hash-max-listpack-value). */
  readonly listpackValue: number;
  readonly sessionsPerUser: number;
  readonly bytesPerUser: number;
  /** Of used_memory, over all keys the registry writes. */
  readonly bytesPerSession: number;
}

const users = 20_000;
const atOnce = 200;
const platforms = ['android', 'web', 'windows'] as const;

/** Measures used_memory of a redis-server before and after many users have logged in. */
export async function measureMemory(
  listpackValue: number,
  sessionsPerUser: number,
): Promise<MemoryResult> {
  const server = await startRedis({
    args: ['--hash-max-listpack-value', String(listpackValue)],
  });
  try {
    const bytes = await loginBytes(server, sessionsPerUser);
    const bytesPerUser = Math.round(bytes / users);
    const bytesPerSession = Math.round(bytes / users / sessionsPerUser);
    return { listpackValue, sessionsPerUser, bytesPerUser, bytesPerSession };
  } finally {
    await server.stop();
  }
}

/** By how much the memory of Redis grows when everybody logs in. */
async function loginBytes(server: RedisServer, sessionsPerUser: number): Promise<number> {
  const registry = await startRegistry(server.url);
  try {
    const before = await usedMemory(server);
    for (let first = 0; first < users; first += atOnce) {
      const logins = Array.from({ length: atOnce * sessionsPerUser }, (_, i) =>
        sampleLogin(first + Math.floor(i / sessionsPerUser), {
          platform: platforms[i % sessionsPerUser] ?? 'web',
        }),
      );
      const outcomes = await Promise.all(logins.map((login) => registry.login(login)));
      if (outcomes.some(({ kind }) => kind !== 'registered')) throw new Error('a login failed');
    }
    return (await usedMemory(server)) - before;
  } finally {
    // One that goes on looking for its Redis would keep the process from ending.
    await registry.stop();
  }
}

async function usedMemory(server: RedisServer): Promise<number> {
  const info = await server.cli('INFO', 'memory');
  return Number(/used_memory:(\d+)/.exec(info)?.[1]);
}
