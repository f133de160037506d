import { monotonicMs } from './clock.ts';
import type { Notes } from './notes.ts';
import type { Share } from './plan.ts';
import { dueMs, type Rate } from './schedule.ts';

/** A timer that is told less than that may fire too late; it is looked at again. */
const lookMs = 1;

/** Operations of all generators together, at a rate from a time of `monotonicMs` on. */
export interface DueOrder {
  readonly count: number;
  readonly rate: Rate;
  readonly startAtMs: number;
}

/** Calls `start` for each operation of a generator's share when it is due, and notes how late that was. */
export function startDue(
  { count, rate, startAtMs }: DueOrder,
  share: Share,
  notes: Notes,
  start: (operation: number, dueAtMs: number) => void,
): void {
  let next = share.index;
  const startMore = (): void => {
    while (next < count) {
      const dueAtMs = startAtMs + dueMs(rate, next);
      const waitMs = dueAtMs - monotonicMs();
      if (waitMs > 0) {
        setTimeout(startMore, Math.max(lookMs, Math.floor(waitMs)));
        return;
      }
      notes.timed('lateness', dueAtMs);
      const operation = next;
      next += share.count;
      start(operation, dueAtMs);
    }
  };
  startMore();
}
