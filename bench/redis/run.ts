import { measureCalls, type CallsResult } from './calls.ts';
import type { FailoverResult } from './failover.ts';
import { measureFailover } from './failover.ts';
import { measureMemory, type MemoryResult } from './memory.ts';

/** Everything docs/redis.md has figures of. */
export interface RedisResult {
  readonly memory: readonly MemoryResult[];
  readonly failovers: readonly FailoverResult[];
  readonly calls: readonly CallsResult[];
}

const shapes: readonly (readonly [number, number])[] = [
  [64, 1],
  [256, 1],
  [64, 3],
  [256, 3],
];
const faults: readonly (readonly [boolean, 'kill' | 'pause'])[] = [
  [true, 'kill'],
  [true, 'pause'],
  [false, 'pause'],
];

/** Runs it all, one after the other; `tell` hears what is under way. */
export async function runRedisBench(
  rounds: number,
  tell: (text: string) => void,
): Promise<RedisResult> {
  const memory: MemoryResult[] = [];
  const failovers: FailoverResult[] = [];
  const calls: CallsResult[] = [];
  for (const [listpackValue, sessionsPerUser] of shapes) {
    tell(`memory: ${sessionsPerUser} sessions a user, hash-max-listpack-value ${listpackValue}`);
    memory.push(await measureMemory(listpackValue, sessionsPerUser));
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const [isFenced, fault] of faults) {
      tell(`failover ${round}: ${fault}, ${isFenced ? 'with' : 'without'} min-replicas`);
      failovers.push(await measureFailover(isFenced, fault));
    }
    for (const topology of ['standalone', 'cluster'] as const) {
      tell(`logins ${round}: ${topology}`);
      calls.push(await measureCalls(topology));
    }
  }
  return { memory, failovers, calls };
}
