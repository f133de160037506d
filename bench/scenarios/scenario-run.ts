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

/** Some of the operations of a run, each due at the rate from a time of `monotonicMs` on. */
interface Part {
  readonly first: number;
  readonly count: number;
  readonly rate: Rate;
  readonly startAtMs: number;
}

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
    this.watch = new Watch(site, this.recorder, this.clients, settings.profile);
  }

  /** How the operations of this run are spread over time. */
  get rate(): Rate {
    const { rate, ramp, seed } = this.settings;
    // Pushes to everybody may not come close after another.
    return { perS: rate, rampS: ramp, seed, isEven: this.settings.to === 'all' };
  }

  /** Operations that are measured, of a scenario that has a rate. */
  get operations(): number {
    return operationsWithin(this.rate, this.settings.duration);
  }

  /** Makes the members of a crew; their users are their own unless `more` says otherwise. */
  async prepare(crew: string, size: number, more: Partial<CrewOrder> = {}): Promise<void> {
    this.show(more.isLean === true ? `makes ${size} clients` : `makes ${size} tickets`);
    await this.clients.prepare({
      crew,
      size,
      app: this.site.app,
      users: this.#usersOf(crew),
      device: crew,
      ticketEndsAt: Math.floor(Date.now() / 1000) + ticketLifeS,
      ...more,
    });
  }

  /** Lets a crew log in, so many at a time, before the measurement or as a part of it. */
  async logIn(crew: string, logins: number, more: Partial<PhaseOrder> = {}): Promise<void> {
    const pace = { kind: 'atOnce', most: this.settings.concurrency } as const;
    const order = { ...this.#order(crew, logins), pace, ...more };
    await this.#phase('logs in', logins, () => this.clients.run(order));
  }

  /** Lets a crew log in at the rate, warm-up first. */
  async logInAtRate(crew: string, logins: number, more: Partial<PhaseOrder> = {}): Promise<void> {
    const order = { ...this.#order(crew, logins), isTimed: true, ...more };
    await this.#atRate(logins, ({ first, count, ...pace }) =>
      this.clients.run({ ...order, first, logins: count, pace: { kind: 'rate', ...pace } }),
    );
    await this.watch.end();
  }

  /** Lets a back end push to a crew at the rate, warm-up first, and waits until `isOver`, or for `patienceMs`. */
  async pushAtRate(
    crew: string,
    pushes: number,
    isOver: () => boolean,
    patienceMs: number,
  ): Promise<void> {
    const { admin, app } = this.site;
    const { to = 'user', bytes = 0, seed, connections } = this.settings;
    if (admin === undefined) throw new Error('nobody said where to push');
    const users = this.#usersOf(crew);
    const order = { admin, sdkAppId: app.sdkAppId, users, size: connections, to, bytes, seed };
    await this.#atRate(pushes, ({ count, ...part }) =>
      this.clients.push({ ...order, ...part, pushes: count }),
    );
    await this.clients.until(isOver, patienceMs);
    await this.watch.end();
  }

  /** Lets a crew log in at the rate, as one step of a measurement that is under way; `stage` says what for. */
  async logInMeanwhile(
    stage: string,
    crew: string,
    logins: number,
    more: Partial<PhaseOrder>,
  ): Promise<void> {
    const pace = { kind: 'rate', rate: this.rate, startAtMs: monotonicMs() + leadMs } as const;
    const order = { ...this.#order(crew, logins), pace, ...more };
    await this.#phase(stage, logins, () => this.clients.run(order));
  }

  /**
   * Runs operations at the rate, warm-up first. The measurement begins when the first one after the warm-up is due, and what is left
   * of the warm-up does not count.
   */
  async #atRate(operations: number, run: (part: Part) => Promise<void>): Promise<void> {
    const warming = Math.min(this.settings.warmUp, operations);
    if (warming > 0) {
      const rate = { ...this.rate, rampS: 0, seed: this.rate.seed + 1 };
      const part = { first: 0, count: warming, rate, startAtMs: monotonicMs() + leadMs };
      await this.#phase('warm-up', warming, () => run(part));
    }
    await this.watch.begin(monotonicMs() + leadMs);
    const part = { first: warming, count: operations - warming, rate: this.rate };
    const { beganAtMs: startAtMs } = this.recorder;
    await this.#phase('measures', part.count, () => run({ ...part, startAtMs }));
  }

  #usersOf(crew: string): string {
    return `b-${crew}-${this.settings.seed.toString(36)}`;
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
      watched: null,
    };
  }

  async #phase(stage: string, operations: number, run: () => Promise<void>): Promise<void> {
    const before = this.clients.tally.finished;
    const tell = (): void => this.show(stage, this.#progress(before, operations));
    tell();
    const progress = setInterval(tell, progressEveryMs);
    await run().finally(() => clearInterval(progress));
  }

  #progress(before: number, operations: number): string {
    const { finished, failures, online } = this.clients.tally;
    const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
    const last = this.recorder.lastSecond;
    const now = last === undefined ? '' : ` · ${last.done}/s · p99 ${last.p99?.toFixed(1)} ms`;
    return `${finished - before} of ${operations}${now} · ${online} online · ${failed} failed`;
  }
}
