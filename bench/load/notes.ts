import type { TimingName } from '../report/measures.ts';
import { monotonicMs } from './clock.ts';
import type { Samples, Tally } from './plan.ts';

type Name = TimingName | 'lateness';

/** What the clients of one generator have to tell, until it is fetched. */
export class Notes {
  finished = 0;
  online = 0;
  doubled = 0;
  readonly #samples = new Map<Name, number[]>();
  readonly #failures: Record<string, number> = {};
  readonly #closings: Record<string, number> = {};

  /** Something ended now that began at `fromMs` of `monotonicMs`. */
  timed(name: Name, fromMs: number, toMs = monotonicMs()): void {
    let list = this.#samples.get(name);
    if (list === undefined) this.#samples.set(name, (list = []));
    list.push(toMs, Math.max(0, toMs - fromMs) * 1000);
  }

  failed(why: string): void {
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
  }

  closed(how: string): void {
    this.#closings[how] = (this.#closings[how] ?? 0) + 1;
  }

  /** What was timed since the last look. */
  takeSamples(): Samples {
    const taken = [...this.#samples].map(
      ([name, list]) => [name, Float64Array.from(list)] as const,
    );
    this.#samples.clear();
    return Object.fromEntries(taken);
  }

  tally(): Tally {
    const { user, system } = process.cpuUsage();
    return {
      finished: this.finished,
      online: this.online,
      doubled: this.doubled,
      failures: { ...this.#failures },
      closings: { ...this.#closings },
      cpuUs: user + system,
    };
  }
}
