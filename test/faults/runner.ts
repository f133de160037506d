import { setTimeout as delay } from 'node:timers/promises';
import { BaseLine } from './base-line.ts';
import { check } from './checker.ts';
import { nowNs } from './event-log.ts';
import type { Fault } from './fault.ts';
import { groupByUser, livesOf } from './lives.ts';
import { seedOf } from './random.ts';
import type { FaultResult } from './result.ts';
import { Stage, type Form, type Rest } from './stage.ts';
import type { Verdict } from './verdict.ts';
import { webhookFaults } from './webhook-oracle.ts';

/** What a run is to do. */
export interface RunOrder {
  readonly form: Form;
  /** Of the whole run; each fault makes its own of it. */
  readonly seed: number;
  /** Instead of the rounds that the form says. */
  readonly rounds?: number | undefined;
  /** More environment for all nodes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where logs are written; failed faults' logs go to a folder of their own if left out. */
  readonly logFile?: string | undefined;
  /** How long to wait for rest, instead of the bound and some more: for runs that are expected to fail. */
  readonly patienceMs?: number;
  readonly show?: (detail: string) => void;
}

/** A short form runs beside other tests on a busy machine: its bounds say only that things come right at all. */
const slack = { full: 1, short: 4 } as const;
const longestDelayMs = 10_000;
const errorsKept = 20;

/** Runs one fault: its stage, its rounds, and the checks behind each. Never rejects: what breaks is an error of the result. */
export async function runFault(fault: Fault, order: RunOrder): Promise<FaultResult> {
  const seed = seedOf(order.seed, fault.id);
  const run = new FaultRun(fault, order);
  let stage: Stage | undefined;
  try {
    stage = await Stage.start(fault.stage ?? {}, { form: order.form, seed, env: order.env ?? {} });
    await run.rounds(stage);
  } catch (error) {
    // The message and where it came from; the rest of a stack is Node's.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    run.fail(`the bench broke: ${text.split('\n').slice(0, 3).join(' ')}`);
  }
  await stage?.stop();
  return run.result(stage, order.seed);
}

/** What the rounds of a fault are summed up in. */
type Count = Exclude<keyof Verdict, 'findings'>;

class FaultRun {
  readonly #fault: Fault;
  readonly #order: RunOrder;
  readonly #boundMs: number;
  /** How long is waited for rest, to learn whether it comes late or never. */
  readonly #patienceMs: number;
  readonly #errors: string[] = [];
  #errorCount = 0;
  readonly #sums: Record<Count, number> = {
    logins: 0,
    kicksIssued: 0,
    kicksLost: 0,
    falseKicks: 0,
    overPolicy: 0,
    socketsClosed: 0,
  };
  #staleMaxMs = 0;
  #recoverMs = 0;
  #rounds = 0;
  readonly #startedMs = performance.now();

  constructor(fault: Fault, order: RunOrder) {
    this.#fault = fault;
    this.#order = order;
    this.#boundMs = fault.boundMs * slack[order.form];
    this.#patienceMs = order.patienceMs ?? this.#boundMs + longestDelayMs;
  }

  /** Something is wrong, and the order does not wait to see how wrong. */
  get #isHasty(): boolean {
    return this.#order.patienceMs !== undefined && this.#errorCount > 0;
  }

  fail(text: string): void {
    this.#errorCount += 1;
    if (this.#errors.length < errorsKept) this.#errors.push(text);
  }

  async rounds(stage: Stage): Promise<void> {
    const count = this.#order.rounds ?? this.#fault.rounds[this.#order.form];
    const base = await BaseLine.of(stage);
    for (let round = 0; round < count; round++) {
      this.#order.show?.(`round ${round + 1} of ${count}`);
      await this.#round(stage, round);
      // What went wrong would only show itself again, slowly.
      if (this.#errorCount >= errorsKept || this.#isHasty) return;
    }
    await this.#compareWith(base, stage);
  }

  async #round(stage: Stage, round: number): Promise<void> {
    const start = stage.log.length;
    await this.#fault.tell(stage, round);
    const overNs = stage.log.lastNs('healed', start) ?? nowNs();
    const rest = await stage.settle(this.#patienceMs);
    this.#rounds += 1;
    this.#judge(stage, rest, start);
    if (stage.hasWebhooks) await this.#hearBackEnd(stage, start);
    const recoverMs = Math.round(((rest.agreedNs ?? nowNs()) - overNs) / 1e6);
    this.#time('recovery', recoverMs);
    this.#time('a stale session', rest.staleMs);
    this.#recoverMs = Math.max(this.#recoverMs, recoverMs);
    this.#staleMaxMs = Math.max(this.#staleMaxMs, rest.staleMs);
    // With what is wrong already, one more wait for rest teaches nothing.
    if (!this.#isHasty) await this.#sendHome(stage);
  }

  #judge(stage: Stage, rest: Rest, start: number): void {
    const { breaksSockets = false, forgetsKicks = false, alarms } = this.#fault;
    const { answersWithinMs: limitMs } = this.#fault;
    const { registry } = rest;
    const events = stage.log.from(start);
    const { policy } = stage;
    const answersWithinMs = limitMs && limitMs * slack[this.#order.form];
    const how = { breaksSockets, forgetsKicks, answersWithinMs, alarms };
    const verdict = check({ events, registry, policy, ...how });
    for (const field of Object.keys(this.#sums) as Count[]) {
      this.#sums[field] += verdict[field];
    }
    for (const { invariant, text } of verdict.findings) this.fail(`${invariant}: ${text}`);
    if (!rest.isSettled && verdict.findings.length === 0) {
      this.fail('clients or nodes did not come to rest');
    }
  }

  /** I9: what the back end was told, once nothing is missing any more or patience is over. */
  async #hearBackEnd(stage: Stage, start: number): Promise<void> {
    const endsAt = performance.now() + this.#patienceMs;
    const users = groupByUser(livesOf(stage.log.from(start)));
    for (;;) {
      const told = stage.receiver.events();
      const faults = [...users].flatMap(([userId, ofUser]) =>
        webhookFaults(userId, told.get(userId) ?? [], ofUser),
      );
      if (faults.length === 0) return;
      if (performance.now() > endsAt) return faults.forEach((text) => this.fail(`I9: ${text}`));
      await delay(100);
    }
  }

  #time(what: string, ms: number): void {
    if (ms > this.#boundMs) {
      this.fail(`${what} took ${Math.round(ms)} ms, more than ${this.#boundMs}`);
    }
  }

  /** The clients leave; what they leave behind is the fault's too. */
  async #sendHome(stage: Stage): Promise<void> {
    stage.fleet.dismiss();
    const { isSettled, registry, staleMs } = await stage.settle(this.#patienceMs);
    this.#time('a session after its client left', staleMs);
    if (!isSettled) {
      this.fail(`I4: ${registry.records.length} records outlived their clients`);
    }
    await stage.forget();
  }

  /** I8: a node that lived through it all holds no more than before, once its last clients are gone. */
  async #compareWith(base: BaseLine, stage: Stage): Promise<void> {
    const endsAt = performance.now() + this.#patienceMs;
    for (;;) {
      const growth = await base.growth(stage);
      if (growth.length === 0) return;
      if (performance.now() > endsAt) return growth.forEach((text) => this.fail(text));
      await delay(50);
    }
  }

  result(stage: Stage | undefined, seed: number): FaultResult {
    const { id, name, holds } = this.#fault;
    const hidden = this.#errorCount - this.#errors.length;
    const ok = this.#errorCount === 0 && this.#rounds > 0;
    const { logFile } = this.#order;
    const log = ok && logFile === undefined ? undefined : stage?.log.save(logFile, { fault: id });
    return {
      id,
      name,
      holds,
      rounds: this.#rounds,
      seconds: Math.round((performance.now() - this.#startedMs) / 100) / 10,
      seed,
      ...this.#sums,
      racingLogins: stage?.racingLogins ?? 0,
      staleMaxMs: this.#staleMaxMs,
      recoverMs: this.#recoverMs,
      bound: this.#boundMs,
      ...(stage !== undefined && Object.keys(stage.detail).length > 0 && { detail: stage.detail }),
      ok,
      errors: hidden > 0 ? [...this.#errors, `and ${hidden} more`] : this.#errors,
      ...(log !== undefined && { log }),
    };
  }
}
