import { createHistogram } from 'node:perf_hooks';

/** How long something took, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Percentiles of samples in whole microseconds; zeros when there are none. */
export function latenciesOf(samplesUs: Iterable<number>): Latencies {
  const histogram = createHistogram({ highest: 600_000_000, figures: 3 });
  for (const sampleUs of samplesUs) histogram.record(Math.max(1, Math.round(sampleUs)));
  const atMs = (percentile: number): number =>
    histogram.count === 0 ? 0 : histogram.percentile(percentile) / 1000;
  return {
    p50: atMs(50),
    p90: atMs(90),
    p99: atMs(99),
    max: histogram.count === 0 ? 0 : histogram.max / 1000,
  };
}

/** The middle of some numbers, or the mean of the middle two; NaN when there are none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
