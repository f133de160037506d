import type { TimingName } from '../report/measures.ts';
import type { Second } from '../report/report.ts';
import { histogramOf, latencyReport, type LatencyReport } from './histogram.ts';

/** How the gateways stood at the end of one second. */
export interface GatewaySample {
  readonly rssBytes: number;
  readonly cores: number;
}

/**
 * All that was timed in a run, from its beginning on: what was due before that is warm-up and is not kept. It can be asked at any
 * time, so that a run that is cut short has its report.
 */
export class Recorder {
  readonly #samples = new Map<string, number[]>();
  /** Of the main timing, by the second in which they ended. */
  readonly #seconds: number[][] = [];
  readonly #failed: number[] = [];
  readonly #gateways: (GatewaySample | undefined)[] = [];
  /** The timing that the plots over time are of. */
  readonly main: TimingName;
  #beganAtMs = Infinity;
  /** When the last of each was timed. */
  readonly #lastAtMs = new Map<string, number>();

  constructor(main: TimingName) {
    this.main = main;
  }

  /** From here on (ms of `monotonicMs`) everything counts. */
  begin(atMs: number): void {
    this.#beganAtMs = atMs;
  }

  get hasBegun(): boolean {
    return this.#beganAtMs < Infinity;
  }

  get beganAtMs(): number {
    return this.#beganAtMs;
  }

  /** Something ended at `atMs` of `monotonicMs` that took `us`. */
  record(name: TimingName | 'lateness', atMs: number, us: number): void {
    if (atMs - us / 1000 < this.#beganAtMs) return;
    let list = this.#samples.get(name);
    if (list === undefined) this.#samples.set(name, (list = []));
    list.push(us);
    this.#lastAtMs.set(name, Math.max(this.#lastAtMs.get(name) ?? 0, atMs));
    if (name !== this.main) return;
    const second = this.#secondAt(atMs);
    (this.#seconds[second] ??= []).push(us);
  }

  /** So many failed up to now (`atMs`). */
  failed(atMs: number, count: number): void {
    if (this.hasBegun) this.#failed[this.#secondAt(atMs)] = count;
  }

  gateways(atMs: number, sample: GatewaySample): void {
    if (this.hasBegun) this.#gateways[this.#secondAt(atMs)] = sample;
  }

  /** The last whole second of the main timing. */
  get lastSecond(): { readonly done: number; readonly p99: number | null } | undefined {
    const sorted = this.#seconds.at(-2)?.toSorted((a, b) => a - b);
    if (sorted === undefined) return undefined;
    return { done: sorted.length, p99: atShare(sorted, 0.99) };
  }

  /** How long it took until so many of a thing had ended well, in milliseconds; null when they have not. */
  reachedMs(name: TimingName, count: number): number | null {
    const us = (this.#samples.get(name) ?? []).toSorted((a, b) => a - b)[count - 1];
    return us === undefined ? null : us / 1000;
  }

  /** How many of a thing ended well in a second, from the beginning to the last one; null without any. */
  perSecond(name: TimingName): number | null {
    const lastAtMs = this.#lastAtMs.get(name) ?? 0;
    if (lastAtMs <= this.#beganAtMs) return null;
    return (this.count(name) * 1000) / (lastAtMs - this.#beganAtMs);
  }

  /** How many of a thing were timed. */
  count(name: TimingName): number {
    return this.#samples.get(name)?.length ?? 0;
  }

  latency(name: TimingName | 'lateness'): LatencyReport {
    return latencyReport(histogramOf(this.#samples.get(name) ?? []));
  }

  /** The main timing and the gateways, second by second. */
  get seconds(): Second[] {
    const length = Math.max(this.#seconds.length, this.#gateways.length);
    let failedBefore = 0;
    return Array.from({ length }, (_, atS) => {
      const sorted = (this.#seconds[atS] ?? []).toSorted((a, b) => a - b);
      const at = (share: number): number | null => atShare(sorted, share);
      const failedNow = this.#failed[atS] ?? failedBefore;
      const failed = failedNow - failedBefore;
      failedBefore = failedNow;
      const gateway = this.#gateways[atS];
      return {
        atS,
        done: sorted.length,
        failed,
        p50: at(0.5),
        p99: at(0.99),
        max: at(1),
        rssBytes: gateway?.rssBytes ?? null,
        cores: gateway?.cores ?? null,
      };
    });
  }

  #secondAt(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.#beganAtMs) / 1000));
  }
}

/** Out of sorted microseconds the value in milliseconds that this share of them does not exceed. */
function atShare(sorted: readonly number[], share: number): number | null {
  const us = sorted[Math.ceil(sorted.length * share) - 1];
  return us === undefined ? null : us / 1000;
}
