import * as fc from 'fast-check';
import { linesOf, type Schedule } from './schedule.ts';

/** What is wrong behind a schedule, in words; empty when nothing is. Not asked twice at a time. */
export type Trial = (schedule: Schedule, isShrinking: boolean) => Promise<readonly string[]>;

/** Which schedules are tried. */
export interface ExplorationOrder {
  readonly schedules: fc.Arbitrary<Schedule>;
  /** The same seed tries the same schedules. */
  readonly seed: number;
  /** How many, while none of them fails; or how often the one that a path names. */
  readonly count: number;
  /** Only this one, which an earlier exploration with the seed named. */
  readonly path: string | undefined;
  /** How long smaller forms of one that fails are sought, in ms. */
  readonly shrinkForMs: number;
}

/** The smallest schedule that failed. */
export interface Counterexample {
  readonly schedule: Schedule;
  /** With the seed it names the schedule. */
  readonly path: string;
  /** How many steps the one had that failed first. */
  readonly stepsBefore: number;
  readonly errors: readonly string[];
}

class Failure extends Error {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors[0]);
    this.errors = errors;
  }
}

/** Tries schedules one after the other until one fails, then smaller ones; gives back the smallest that failed, if any. */
export async function explore(
  order: ExplorationOrder,
  trial: Trial,
): Promise<Counterexample | undefined> {
  const { seed, count, shrinkForMs } = order;
  if (order.path !== undefined) return replay(order, order.path, trial);
  let first: Schedule | undefined;
  let endsAt = Infinity;
  const property = fc.asyncProperty(order.schedules, async (schedule) => {
    const isShrinking = first !== undefined;
    fc.pre(performance.now() < endsAt);
    const errors = await trial(schedule, isShrinking);
    if (errors.length === 0) return;
    if (!isShrinking) endsAt = performance.now() + shrinkForMs;
    first ??= schedule;
    throw new Failure(errors);
  });
  const found = await fc.check(property, { seed, numRuns: count, skipEqualValues: true });
  // What is not a failure is a bug of the trial.
  if (found.errorInstance !== null && !(found.errorInstance instanceof Failure)) {
    throw found.errorInstance;
  }
  if (found.counterexample === null) return undefined;
  return {
    schedule: found.counterexample[0],
    path: found.counterexamplePath,
    stepsBefore: first?.length ?? 0,
    errors: found.errorInstance?.errors ?? [],
  };
}

/** The machine has a part in the order of things: the same schedule may fail at another time only. */
async function replay(
  { schedules, seed, count }: ExplorationOrder,
  path: string,
  trial: Trial,
): Promise<Counterexample | undefined> {
  const [schedule = []] = fc.sample(schedules, { seed, path, numRuns: 1 });
  for (let n = 0; n < count; n++) {
    const errors = await trial(schedule, false);
    if (errors.length > 0) return { schedule, path, stepsBefore: schedule.length, errors };
  }
  return undefined;
}

/** For people: how to see it again, its steps, and what is wrong then. */
export function inLines(found: Counterexample, repeat: string): string[] {
  const { schedule, path, stepsBefore, errors } = found;
  const shrunk = stepsBefore > schedule.length ? `, shrunk from ${stepsBefore}` : '';
  return [
    `a schedule of ${schedule.length} steps${shrunk}; again: ${repeat} --path ${path}`,
    ...linesOf(schedule),
    ...errors,
  ];
}
