import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the loop is looked at, which the measure counts as well. */
const resolutionMs = 20;

/** How late the event loop turns. Runs without keeping the process. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** 99 of 100 turns since the last call were no later than this, in ms with one decimal; then it begins anew. */
  takeMs(): number {
    const { count } = this.#histogram;
    const lateMs = count === 0 ? 0 : this.#histogram.percentile(99) / 1e6 - resolutionMs;
    this.#histogram.reset();
    return Math.max(0, Math.round(lateMs * 10) / 10);
  }
}
