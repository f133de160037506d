import { measureCalls, type CallsResult } from './calls.ts';
import { measureFailover, type FailoverResult } from './failover.ts';
import { measureMemory, type MemoryResult } from './memory.ts';
import { measurePushes, type PushResult } from './pushes.ts';

/** What of it is measured. */
export const redisParts = ['memory', 'failovers', 'calls', 'pushes'] as const;
export type RedisPart = (typeof redisParts)[number];

/** How the bench of Redis was called. */
export interface RedisSettings {
  readonly parts: readonly RedisPart[];
  /** How often each is measured, but memory, which does not scatter. */
  readonly rounds: number;
  /** Pushes of a round. */
  readonly pushes: number;
}

/** Everything docs/redis.md and docs/pushes.md have figures of, without gateways and sockets. */
export interface RedisResult {
  readonly memory: MemoryResult[];
  readonly failovers: FailoverResult[];
  readonly calls: CallsResult[];
  readonly pushes: PushResult[];
}

/** The shape of a Redis, and how many sessions its users have. */
export const memoryShapes: readonly (readonly [listpackValue: number, sessionsPerUser: number])[] =
  [
    [64, 1],
    [256, 1],
    [64, 3],
    [256, 3],
  ];
export const redisFaults: readonly (readonly [isFenced: boolean, fault: 'kill' | 'pause'])[] = [
  [true, 'kill'],
  [true, 'pause'],
  [false, 'pause'],
];

/** Runs it all, one after the other; `show` hears what is under way, `soFar` each time that something was measured. */
export async function runRedisBench(
  { parts, rounds, pushes }: RedisSettings,
  show: (stage: string) => void,
  soFar: (result: RedisResult) => void,
): Promise<RedisResult> {
  const result: RedisResult = { memory: [], failovers: [], calls: [], pushes: [] };
  const add = async <T>(list: T[], stage: string, measure: () => Promise<T>): Promise<void> => {
    show(stage);
    list.push(await measure());
    soFar(result);
  };
  for (const [listpack, sessions] of parts.includes('memory') ? memoryShapes : [])
    await add(
      result.memory,
      `memory: ${sessions} sessions a user, hash-max-listpack-value ${listpack}`,
      () => measureMemory(listpack, sessions),
    );
  for (let round = 1; round <= rounds; round += 1) {
    for (const [isFenced, fault] of parts.includes('failovers') ? redisFaults : [])
      await add(
        result.failovers,
        `failover ${round}: ${fault}, ${isFenced ? 'with' : 'without'} min-replicas`,
        () => measureFailover(isFenced, fault),
      );
    for (const topology of parts.includes('calls') ? (['standalone', 'cluster'] as const) : [])
      await add(result.calls, `logins ${round}: ${topology}`, () => measureCalls(topology));
    for (const isKept of parts.includes('pushes') ? [false, true] : [])
      await add(result.pushes, `pushes ${round}: ${isKept ? 'kept' : 'not kept'}`, () =>
        measurePushes(isKept, pushes),
      );
  }
  return result;
}
