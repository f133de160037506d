import type * as fc from 'fast-check';
import type { Fault } from './fault.ts';
import type { Schedule } from './schedule.ts';
import type { Form } from './stage.ts';

/**
 * A fault of the catalogue whose harm is not told but made by chance: each round plays another schedule. One that breaks
 * a promise is played again and again in smaller forms, until none of them breaks one.
 */
export interface ScheduleFault extends Omit<
  Fault,
  'tell' | 'breaksSockets' | 'forgetsKicks' | 'delayedMs'
> {
  readonly schedules: Readonly<Record<Form, fc.Arbitrary<Schedule>>>;
}

/** Whether its rounds are schedules. */
export function hasSchedules(fault: Fault | ScheduleFault): fault is ScheduleFault {
  return 'schedules' in fault;
}
