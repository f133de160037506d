import path from 'node:path';
import { decodeHistogram } from '../measure/histogram.ts';
import type { Report } from './report.ts';

const ticksPerHalfDistance = 5;
const usPerMs = 1000;

/** A file to be written. */
export interface OutputFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Every latency of a report in HdrHistogram's percentile format, milliseconds, for its plotter. One alone is written to `file`; of
 * several each to a file of its own, with system and name before the ending.
 */
export function hgrmFiles(file: string, { systems }: Report): OutputFile[] {
  const all = Object.entries(systems).flatMap(([system, { latencies }]) =>
    Object.entries(latencies)
      .filter(([, latency]) => latency.count > 0)
      .map(([name, latency]) => ({ name: `${system}-${name}`, text: textOf(latency.histogram) })),
  );
  const { dir, name: stem, ext } = path.parse(file);
  return all.map(({ name, text }) => ({
    file: all.length === 1 ? file : path.join(dir, `${stem}-${name}${ext}`),
    text,
  }));
}

function textOf(histogram: string): string {
  return decodeHistogram(histogram).outputPercentileDistribution(ticksPerHalfDistance, usPerMs);
}
