import { startRedis, type RedisServer } from '../../test/support/redis-server.ts';
import type { PushKeeping } from '../../gateway/registry/pushes.ts';
import { sampleLogin, startRegistry } from './sample.ts';

/** What a push to a user with one session costs, without sockets: from the call on one node to the word on another. */
export interface PushResult {
  /** Whether pushes are kept for clients that come back. */
  readonly isKept: boolean;
  /** CPU of this process, which is both nodes, for one push, in microseconds. */
  readonly cpuUsPerPush: number;
  /** CPU of Redis for one push, in microseconds. */
  readonly redisCpuUsPerPush: number;
  /** Commands of Redis for one push, those inside scripts included, by name. */
  readonly commandsPerPush: Readonly<Record<string, number>>;
}

const users = 1000;
const atOnce = 100;
const content = { sender: 'user-1', topic: 'C2C', body: 'x'.repeat(300) };
const keeping: PushKeeping = { keepS: 60, count: 100, bytes: 32_768 };

/** Measures so many pushes that are kept, or are not. */
export async function measurePushes(isKept: boolean, pushes: number): Promise<PushResult> {
  const redis = await startRedis();
  let told = 0;
  const sender = await startRegistry(redis.url, isKept ? { keeping } : {});
  const receiver = await startRegistry(redis.url, {}, { pushed: () => void (told += 1) });
  try {
    const logins = Array.from({ length: users }, (_, i) => sampleLogin(i));
    await Promise.all(logins.map((login) => receiver.login(login)));
    const send = async (count: number): Promise<void> => {
      for (let first = 0; first < count; first += atOnce) {
        const start = first % users;
        const batch = logins.slice(start, start + Math.min(atOnce, count - first));
        await Promise.all(batch.map((login) => sender.pushes.toUser(login, content, 'all')));
      }
    };
    await send(Math.ceil(pushes / 10));
    const before = await readingOf(redis);
    const cpu = process.cpuUsage();
    await send(pushes);
    const { user, system } = process.cpuUsage(cpu);
    const after = await readingOf(redis);
    if (told < pushes) throw new Error(`${told} of ${pushes} pushes were heard`);
    const commands = [...after.commands].map(
      ([name, calls]) =>
        [name, round((calls - (before.commands.get(name) ?? 0)) / pushes)] as const,
    );
    return {
      isKept,
      cpuUsPerPush: round((user + system) / pushes),
      redisCpuUsPerPush: round(((after.cpuS - before.cpuS) * 1e6) / pushes),
      commandsPerPush: Object.fromEntries(commands.filter(([, calls]) => calls > 0)),
    };
  } finally {
    await sender.stop();
    await receiver.stop();
    await redis.stop();
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

async function readingOf(redis: RedisServer) {
  const cpu = String(await redis.call('INFO', 'cpu'));
  const cpuS = [...cpu.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)].reduce(
    (sum, [, seconds]) => sum + Number(seconds),
    0,
  );
  const stats = String(await redis.call('INFO', 'commandstats'));
  const lines = stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return { cpuS, commands: new Map([...lines].map(([, name = '', n]) => [name, Number(n)])) };
}
