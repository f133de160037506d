import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

/** Longer ones count as an hour. */
const longestUs = 3_600_000_000;
const usPerMs = 1000;

/** Percentiles of latencies and all that is behind them; milliseconds. */
export interface LatencyReport {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** All of it, in microseconds: HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
}

/** An empty histogram of microseconds, good to three digits. */
function emptyHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: 3,
  });
}

/** A histogram of samples in microseconds; each counts as one at least. */
export function histogramOf(samplesUs: Iterable<number>): Histogram {
  const histogram = emptyHistogram();
  for (const sampleUs of samplesUs)
    histogram.recordValue(Math.min(longestUs, Math.max(1, Math.round(sampleUs))));
  return histogram;
}

/** As text, to be put into a report. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** Out of such text; throws when it is none. */
export function decodeHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text);
}

/** Several as one. */
export function mergedHistogram(texts: readonly string[]): Histogram {
  const sum = emptyHistogram();
  for (const text of texts) sum.add(decodeHistogram(text));
  return sum;
}

/** What a report says of a histogram of microseconds; zeros when it is empty. */
export function latencyReport(histogram: Histogram): LatencyReport {
  const isEmpty = histogram.totalCount === 0;
  const ms = (us: number): number => (isEmpty ? 0 : us / usPerMs);
  const at = (percentile: number): number => ms(histogram.getValueAtPercentile(percentile));
  return {
    count: histogram.totalCount,
    min: ms(histogram.minNonZeroValue),
    mean: ms(histogram.mean),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: ms(histogram.maxValue),
    histogram: encodeHistogram(histogram),
  };
}
