import type { Metric, Registry } from 'prom-client';
import { durationBoundsMs, type DurationBuckets } from './duration-buckets.ts';

/** One number of a metric, as it is exported. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric that holds nothing itself: its numbers are read where they live, when somebody scrapes. */
export interface Scraped {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly read: () => Sample[];
}

/** One number. */
export function single(
  type: 'counter' | 'gauge',
  shortName: string,
  help: string,
  read: () => number,
): Scraped {
  const name = `gatehouse_${shortName}`;
  return { name, help, type, read: () => [{ metricName: name, labels: {}, value: read() }] };
}

/** One number for each value of a label; `read` has every value of the fixed list from the start. */
export function labelled(
  type: 'counter' | 'gauge',
  [shortName, label]: readonly [name: string, label: string],
  help: string,
  read: () => Readonly<Record<string, number>>,
): Scraped {
  const name = `gatehouse_${shortName}`;
  const samples = () =>
    Object.entries(read()).map(([key, value]) => ({
      metricName: name,
      labels: { [label]: key },
      value,
    }));
  return { name, help, type, read: samples };
}

/** A histogram in seconds. */
export function durations(shortName: string, help: string, buckets: DurationBuckets): Scraped {
  const name = `gatehouse_${shortName}`;
  return { name, help, type: 'histogram', read: () => bucketSamples(name, buckets) };
}

/** The buckets as Prometheus counts them: each with everything below it. */
function bucketSamples(name: string, buckets: DurationBuckets): Sample[] {
  let total = 0;
  const samples = Array.from(buckets.counts, (own, index): Sample => {
    total += own;
    const boundMs = durationBoundsMs[index];
    const le = boundMs === undefined ? '+Inf' : boundMs / 1000;
    return { metricName: `${name}_bucket`, labels: { le }, value: total };
  });
  return [
    ...samples,
    { metricName: `${name}_sum`, labels: {}, value: buckets.sumMs / 1000 },
    { metricName: `${name}_count`, labels: {}, value: total },
  ];
}

/** Adds the metrics to what the library exports. */
export function register(registry: Registry, metrics: readonly Scraped[]): void {
  for (const { name, help, type, read } of metrics) {
    const metric = {
      name,
      get: () => Promise.resolve({ name, help, type, values: read(), aggregator: 'sum' }),
    };
    // The library takes whatever has a name and a get(); its types ask for one of its own classes.
    registry.registerMetric(metric as unknown as Metric);
  }
}
