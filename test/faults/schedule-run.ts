import { joinAsBackEnd } from '../support/back-end.ts';
import { BaseLine } from './base-line.ts';
import { explore, inLines, type Counterexample } from './exploration.ts';
import { boundMsOf, FaultRun, type RunOrder } from './fault-run.ts';
import { Play } from './play.ts';
import { seedOf } from './random.ts';
import type { FaultResult } from './result.ts';
import type { ScheduleFault } from './schedule-fault.ts';
import { leewayOf, type Schedule } from './schedule.ts';
import { Stage } from './stage.ts';
import { Tally } from './tally.ts';

/** A schedule takes some seconds, one that fails some more; a test of the suite has a limit. */
const shrinkForMs = { full: 600_000, short: 30_000 } as const;
/** How often one that a path names is played, until it fails. */
const replays = 5;
/** What a node with a break says at its start, as an error: no finding. */
const brokenOnPurpose = 'THIS NODE IS BROKEN ON PURPOSE, for a test of the tests';

interface Theatre {
  readonly stage: Stage;
  readonly backEnd: Awaited<ReturnType<typeof joinAsBackEnd>>;
  readonly base: BaseLine;
}

/** Runs a fault of schedules: plays them, on one stage as long as all is well, and shrinks the one that fails. Never rejects. */
export async function runSchedules(fault: ScheduleFault, order: RunOrder): Promise<FaultResult> {
  const run = new ScheduleRun(fault, order);
  try {
    await run.explore();
  } catch (error) {
    run.tally.fail(broke(error));
  }
  await run.close();
  return run.result();
}

class ScheduleRun {
  readonly tally = new Tally();
  readonly #fault: ScheduleFault;
  readonly #order: RunOrder;
  #theatre: Theatre | undefined;
  /** Of the smallest schedule that failed, or of the last one. */
  #stage: Stage | undefined;
  #plays = 0;
  #steps = 0;

  constructor(fault: ScheduleFault, order: RunOrder) {
    this.#fault = fault;
    this.#order = order;
  }

  async explore(): Promise<void> {
    const { form, path, rounds } = this.#order;
    const count = rounds ?? (path === undefined ? this.#fault.rounds[form] : replays);
    const order = { schedules: this.#fault.schedules[form], seed: this.#seed, count, path };
    const found = await explore(
      { ...order, shrinkForMs: shrinkForMs[form] },
      (schedule, isShrinking) => {
        this.#show(schedule, isShrinking, count);
        return this.#try(schedule, isShrinking);
      },
    );
    if (found !== undefined) this.#fail(found);
  }

  result(): FaultResult {
    const { seed, logFile } = this.#order;
    const boundMs = boundMsOf(this.#fault, this.#order);
    if (this.#stage !== undefined) this.#stage.detail['steps'] = this.#steps;
    return this.tally.result({ fault: this.#fault, seed, boundMs, logFile }, this.#stage);
  }

  async close(): Promise<void> {
    const theatre = this.#theatre;
    this.#theatre = undefined;
    await theatre?.backEnd.stop();
    await theatre?.stage.stop();
  }

  /** What chance the schedules and the stage go by. */
  get #seed(): number {
    return seedOf(this.#order.seed, this.#fault.id);
  }

  #show(schedule: Schedule, isShrinking: boolean, count: number): void {
    const which = isShrinking ? 'a smaller schedule' : `schedule ${this.#plays + 1} of ${count}`;
    this.#order.show?.(`${which}: ${schedule.length} steps`);
  }

  async #try(schedule: Schedule, isShrinking: boolean): Promise<readonly string[]> {
    // Of a smaller one nobody asks how late it is: behind the bound it has failed.
    const patienceMs = isShrinking ? boundMsOf(this.#fault, this.#order) : undefined;
    const hasty = patienceMs === undefined ? {} : { patienceMs };
    const run = new FaultRun(this.#storyOf(schedule), { ...hasty, ...this.#order });
    this.#steps += schedule.length;
    let stage: Stage | undefined;
    try {
      const theatre = await this.#open();
      ({ stage } = theatre);
      await run.round(stage, this.#plays++);
      if (run.tally.errorCount === 0) {
        await run.compareWith(theatre.base, stage);
        await endLostLinks(stage);
      }
    } catch (error) {
      run.tally.fail(broke(error));
    }
    this.tally.add(run.tally);
    const { errors } = run.tally;
    if (errors.length > 0 || !isShrinking) this.#stage = stage;
    // Whatever it is, the next schedule must not suffer from it.
    if (errors.length > 0) await this.close();
    return errors;
  }

  /** The stage that there is, or a new one. */
  async #open(): Promise<Theatre> {
    if (this.#theatre !== undefined) return this.#theatre;
    const { form, env = {} } = this.#order;
    const stage = await Stage.start(this.#fault.stage ?? {}, { form, seed: this.#seed, env });
    try {
      const backEnd = await joinAsBackEnd(stage.redis.url);
      this.#theatre = { stage, backEnd, base: await BaseLine.of(stage) };
      return this.#theatre;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  #storyOf(schedule: Schedule) {
    const alarms = [...(this.#fault.alarms ?? []), ...(this.#isBroken ? [brokenOnPurpose] : [])];
    return {
      ...this.#fault,
      ...leewayOf(schedule),
      alarms,
      tell: async (stage: Stage, round: number): Promise<void> => {
        const { backEnd } = await this.#open();
        await new Play(stage, backEnd, `r${round}`).perform(schedule);
      },
    };
  }

  get #isBroken(): boolean {
    return Object.keys(this.#order.env ?? {}).length > 0;
  }

  #fail(found: Counterexample): void {
    const { form, seed, env = {} } = this.#order;
    const words = ['--only', this.#fault.id, '--seed', String(seed)];
    if (form === 'short') words.push('--short');
    for (const name of Object.values(env)) words.push('--break', name);
    const lines = inLines(found, `npm run test:faults -- ${words.join(' ')}`);
    for (const line of lines) this.tally.fail(line);
  }
}

/** Links that were lost without a sign stay so: a broken node would take them into the next schedule. */
async function endLostLinks(stage: Stage): Promise<void> {
  for (const { redis } of stage.nodes) redis.cutLost();
  const doListen = (): boolean =>
    stage.nodes.every(({ redis }) => redis.links.some(({ isSubscriber }) => isSubscriber));
  await stage.until(doListen, 'all nodes to listen to their channels');
}

/** The message and where it came from; the rest of a stack is Node's. */
export function broke(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `the bench broke: ${text.split('\n').slice(0, 3).join(' ')}`;
}
