import { Clients } from '../load/clients.ts';
import { monotonicMs } from '../load/clock.ts';
import type { CrewOrder, PhaseOrder } from '../load/plan.ts';
import { operationsWithin, type Rate } from '../load/schedule.ts';
import { Recorder } from '../measure/recorder.ts';
import type { Site } from '../site/site.ts';
import { Watch } from './watch.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

/** Time between the order to begin and the first operation, for all generators to be ready. */
const leadMs = 300;
const progressEveryMs = 250;
const ticketLifeS = 7200;

/** A scenario under way: what it acts on, and what has come of it so far. */
export class ScenarioRun {
  readonly site: Site;
  readonly settings: ScenarioSettings;
  readonly recorder: Recorder;
  readonly clients: Clients;
  readonly watch: Watch;
  /** Says what is being done, and how far it is. */
  readonly show: (stage: string, detail?: string) => void;
  /** What a scenario remembers between its steps, for `count`. */
  readonly notes: Record<string, number> = {};

  constructor(
    scenario: Scenario,
    settings: ScenarioSettings,
    site: Site,
    show: (stage: string, detail?: string) => void,
  ) {
    this.settings = settings;
    this.site = site;
    this.show = show;
    this.recorder = new Recorder(scenario.timings[0]);
    this.clients = new Clients(settings.generators, this.recorder);
    this.watch = new Watch(site, this.recorder, this.clients);
  }

  /** How the operations of this run are spread over time. */
  get rate(): Rate {
    const { rate, ramp, seed } = this.settings;
    return { perS: rate, rampS: ramp, seed };
  }

  /** Operations that are measured, of a scenario that has a rate. */
  get operations(): number {
    return operationsWithin(this.rate, this.settings.duration);
  }

  /** Makes the members of a crew; their users are their own unless `more` says otherwise. */
  async prepare(crew: string, size: number, more: Partial<CrewOrder> = {}): Promise<void> {
    this.show(`makes ${size} tickets`);
    await this.clients.prepare({
      crew,
      size,
      app: this.site.app,
      users: `b-${crew}-${this.settings.seed.toString(36)}`,
      device: crew,
      ticketEndsAt: Math.floor(Date.now() / 1000) + ticketLifeS,
      ...more,
    });
  }

  /** Lets a crew log in, so many at a time, before the measurement or as a part of it. */
  async logIn(crew: string, logins: number, more: Partial<PhaseOrder> = {}): Promise<void> {
    const pace = { kind: 'atOnce', most: this.settings.concurrency } as const;
    await this.#phase('logs in', { ...this.#order(crew, logins), pace, ...more });
  }

  /**
   * Lets a crew log in at the rate, warm-up first. The measurement begins when the first login after the warm-up is due, and what is
   * left of the warm-up does not count.
   */
  async logInAtRate(crew: string, logins: number, more: Partial<PhaseOrder> = {}): Promise<void> {
    const order = { ...this.#order(crew, logins), isTimed: true, ...more };
    const { warmUp, rate, seed } = this.settings;
    const warming = Math.min(warmUp, logins);
    if (warming > 0) {
      const pace = this.#paceFrom({ perS: rate, rampS: 0, seed: seed + 1 });
      await this.#phase('warm-up', { ...order, first: 0, logins: warming, pace });
    }
    await this.watch.begin(monotonicMs() + leadMs);
    const pace = { kind: 'rate', rate: this.rate, startAtMs: this.recorder.beganAtMs } as const;
    const measured = logins - warming;
    await this.#phase('measures', { ...order, first: warming, logins: measured, pace });
    await this.watch.end();
  }

  #order(crew: string, logins: number): Omit<PhaseOrder, 'pace'> {
    const isLocal = this.site.targets.every(({ host }) => host.startsWith('127.'));
    return {
      crew,
      first: 0,
      logins,
      targets: this.site.targets,
      shift: 0,
      sources: isLocal ? this.settings.sources : 0,
      isTimed: false,
      stayMs: null,
      comeBackWithinMs: null,
      victims: null,
    };
  }

  #paceFrom(rate: Rate): PhaseOrder['pace'] {
    return { kind: 'rate', rate, startAtMs: monotonicMs() + leadMs };
  }

  async #phase(stage: string, order: PhaseOrder): Promise<void> {
    const before = this.clients.tally.finished;
    const tell = (): void => this.show(stage, this.#progress(before, order.logins));
    tell();
    const progress = setInterval(tell, progressEveryMs);
    await this.clients.run(order).finally(() => clearInterval(progress));
  }

  #progress(before: number, logins: number): string {
    const { finished, failures, online } = this.clients.tally;
    const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
    const last = this.recorder.lastSecond;
    const now = last === undefined ? '' : ` · ${last.done}/s · p99 ${last.p99?.toFixed(1)} ms`;
    return `${finished - before} of ${logins}${now} · ${online} online · ${failed} failed`;
  }
}
