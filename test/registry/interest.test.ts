import { describe, expect, it, vi } from 'vitest';
import { RegistryCounters } from '../../gateway/registry/counters.ts';
import { FaultLog } from '../../gateway/registry/redis/fault-log.ts';
import { Interest } from '../../gateway/registry/redis/interest.ts';
import { Keys } from '../../gateway/registry/redis/keys.ts';
import { StoreFault } from '../../gateway/registry/redis/store-fault.ts';
import { freshUser } from './fleet.ts';

const silent = (): void => undefined;

describe('slow renewal of watches', () => {
  it('comes back to what Redis did not answer before it begins again', async () => {
    const users = Array.from({ length: 40 }, () => freshUser());
    const renewed: number[] = [];
    const interest = new Interest(
      {
        keys: new Keys('gatehouse', 16),
        auditS: 1,
        watch: ({ partition }) => {
          renewed.push(partition);
          // The third call finds no Redis.
          const isAway = renewed.length === 3;
          return isAway ? Promise.reject(new StoreFault('away', true)) : Promise.resolve([]);
        },
      },
      new FaultLog({ info: silent, warn: silent, error: silent }),
      new RegistryCounters(),
    );
    const watched = { count: users.length, all: () => users, has: () => true };
    interest.start({ statusChanged: silent, watched });
    await vi.waitFor(() => expect(new Set(renewed).size).toBeLessThan(renewed.length), 10_000);
    interest.close();
    // Of all partitions the first that had a second turn.
    expect(renewed.find((partition, i) => renewed.indexOf(partition) < i)).toBe(renewed[2]);
  });
});
