import { setTimeout as delay } from 'node:timers/promises';
import { BaseLine } from './base-line.ts';
import { check } from './checker.ts';
import { nowNs } from './event-log.ts';
import type { Fault } from './fault.ts';
import { groupByUser, livesOf } from './lives.ts';
import type { FaultResult } from './result.ts';
import type { Form, Rest, Stage } from './stage.ts';
import { Tally } from './tally.ts';
import { webhookFaults } from './webhook-oracle.ts';

/** What a run is to do. */
export interface RunOrder {
  readonly form: Form;
  /** Of the whole run; each fault makes its own of it. */
  readonly seed: number;
  /** Instead of the rounds that the form says. */
  readonly rounds?: number | undefined;
  /** The one schedule to play, as a failure named it; only of faults that have schedules. */
  readonly path?: string | undefined;
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

/** One run of a fault: its rounds, the checks behind each, and what they come to. */
export class FaultRun {
  readonly #fault: Fault;
  readonly #order: RunOrder;
  readonly #boundMs: number;
  /** How long is waited for rest, to learn whether it comes late or never. */
  readonly #patienceMs: number;
  readonly tally = new Tally();

  constructor(fault: Fault, order: RunOrder) {
    this.#fault = fault;
    this.#order = order;
    this.#boundMs = boundMsOf(fault, order);
    this.#patienceMs = order.patienceMs ?? this.#boundMs + longestDelayMs;
  }

  /** Something is wrong, and the order does not wait to see how wrong. */
  get #isHasty(): boolean {
    return this.#order.patienceMs !== undefined && this.tally.errorCount > 0;
  }

  /** All rounds, and what they leave of a node that lived through them. Rejects when the bench itself fails. */
  async rounds(stage: Stage): Promise<void> {
    const count = this.#order.rounds ?? this.#fault.rounds[this.#order.form];
    const base = await BaseLine.of(stage);
    for (let round = 0; round < count; round++) {
      this.#order.show?.(`round ${round + 1} of ${count}`);
      await this.round(stage, round);
      // What went wrong would only show itself again, slowly.
      if (this.tally.isFull || this.#isHasty) return;
    }
    await this.compareWith(base, stage);
  }

  /** One round, and its checks. Rejects when the bench itself fails. */
  async round(stage: Stage, round: number): Promise<void> {
    const start = stage.log.length;
    await this.#fault.tell(stage, round);
    const overNs = stage.log.lastNs('healed', start) ?? nowNs();
    const rest = await stage.settle(this.#patienceMs);
    this.tally.rounds += 1;
    this.#judge(stage, rest, start);
    if (stage.hasWebhooks) await this.#hearBackEnd(stage, start);
    const recoverMs = Math.round(((rest.agreedNs ?? nowNs()) - overNs) / 1e6);
    this.#time('recovery', recoverMs);
    this.#time('a stale session', rest.staleMs);
    this.tally.time(rest.staleMs, recoverMs);
    // With what is wrong already, one more wait for rest teaches nothing.
    if (!this.#isHasty) await this.#sendHome(stage);
  }

  #judge(stage: Stage, rest: Rest, start: number): void {
    const { breaksSockets = false, forgetsKicks = false, alarms, delayedMs } = this.#fault;
    const { answersWithinMs: limitMs } = this.#fault;
    const { registry } = rest;
    const events = stage.log.from(start);
    const { policy } = stage;
    const answersWithinMs = limitMs && limitMs * slack[this.#order.form];
    const how = { breaksSockets, forgetsKicks, answersWithinMs, alarms, delayedMs };
    const verdict = check({ events, registry, policy, ...how });
    this.tally.count(verdict);
    for (const { invariant, text } of verdict.findings) this.tally.fail(`${invariant}: ${text}`);
    if (!rest.isSettled && verdict.findings.length === 0) {
      this.tally.fail('clients or nodes did not come to rest');
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
      if (performance.now() > endsAt)
        return faults.forEach((text) => this.tally.fail(`I9: ${text}`));
      await delay(100);
    }
  }

  #time(what: string, ms: number): void {
    if (ms > this.#boundMs) {
      this.tally.fail(`${what} took ${Math.round(ms)} ms, more than ${this.#boundMs}`);
    }
  }

  /** The clients leave; what they leave behind is the fault's too. */
  async #sendHome(stage: Stage): Promise<void> {
    stage.fleet.dismiss();
    const { isSettled, registry, staleMs } = await stage.settle(this.#patienceMs);
    this.#time('a session after its client left', staleMs);
    if (!isSettled) {
      this.tally.fail(`I4: ${registry.records.length} records outlived their clients`);
    }
    await stage.forget();
  }

  /** I8: a node that lived through it all holds no more than before, once its last clients are gone. */
  async compareWith(base: BaseLine, stage: Stage): Promise<void> {
    const endsAt = performance.now() + this.#patienceMs;
    for (;;) {
      const growth = await base.growth(stage);
      if (growth.length === 0) return;
      if (performance.now() > endsAt) return growth.forEach((text) => this.tally.fail(text));
      await delay(50);
    }
  }

  /** What it came to; `stage` is the one it ran on, if it got one. */
  result(stage: Stage | undefined): FaultResult {
    const { seed, logFile } = this.#order;
    const heading = { fault: this.#fault, seed, boundMs: this.#boundMs, logFile };
    return this.tally.result(heading, stage);
  }
}

/** What the times of a fault have to stay below in this form. */
export function boundMsOf({ boundMs }: Pick<Fault, 'boundMs'>, { form }: RunOrder): number {
  return boundMs * slack[form];
}
