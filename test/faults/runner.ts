import type { Fault } from './fault.ts';
import { FaultRun, type RunOrder } from './fault-run.ts';
import { hasSchedules, type ScheduleFault } from './schedule-fault.ts';
import { broke, runSchedules } from './schedule-run.ts';
import { seedOf } from './random.ts';
import type { FaultResult } from './result.ts';
import { Stage } from './stage.ts';

/** Runs one fault: its stage, its rounds, and the checks behind each. Never rejects: what breaks is an error of the result. */
export async function runFault(
  fault: Fault | ScheduleFault,
  order: RunOrder,
): Promise<FaultResult> {
  if (hasSchedules(fault)) return runSchedules(fault, order);
  const seed = seedOf(order.seed, fault.id);
  const run = new FaultRun(fault, order);
  let stage: Stage | undefined;
  try {
    stage = await Stage.start(fault.stage ?? {}, { form: order.form, seed, env: order.env ?? {} });
    await run.rounds(stage);
  } catch (error) {
    run.tally.fail(broke(error));
  }
  await stage?.stop();
  return run.result(stage);
}
