import { decodeHistogram } from '../measure/histogram.ts';
import type { Curve, Tick } from './chart.ts';
import type { Report } from './report.ts';

const usPerMs = 1000;

/** Where the axis of such curves has its ticks. */
export const percentileTicks: readonly Tick[] = [0, 90, 99, 99.9, 99.99].map((percentile) => [
  nines(percentile),
  percentile === 0 ? '0 %' : `${percentile} %`,
]);

/** One colour a latency; of several systems the main latency alone, which is enough for an eye. */
export function percentileCurves({ systems }: Report, prefix: string): Curve[] {
  const isOne = Object.keys(systems).length === 1;
  const shown = Object.entries(systems).flatMap(([system, { latencies }]) =>
    Object.entries(latencies)
      .slice(0, isOne ? undefined : 1)
      .map(([name, latency]) => ({ name: isOne ? name : `${system} ${name}`, latency })),
  );
  return shown.flatMap(({ name, latency }, colour): Curve[] => {
    if (latency.count === 0) return [];
    const points = percentilePoints(latency.histogram);
    return [{ name: `${prefix}${name}`, points, colour, isDashed: prefix !== '' }];
  });
}

/** As far to the right as there are samples to tell of. */
function percentilePoints(text: string): (readonly [number, number])[] {
  const histogram = decodeHistogram(text);
  const furthest = Math.min(4, Math.log10(Math.max(10, histogram.totalCount)));
  const steps = 200;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const x = (i / steps) * furthest;
    return [x, histogram.getValueAtPercentile(100 * (1 - 10 ** -x)) / usPerMs] as const;
  });
}

/** Where a percentile stands on the axis: 90 at 1, 99 at 2, and so on. */
function nines(percentile: number): number {
  return -Math.log10(1 - percentile / 100);
}
