import { statistics, type Report, type Statistic } from './report.ts';

/** What a report of some bench will hold: what conditions may ask about. */
export interface Vocabulary {
  /** The first is meant where none is named. */
  readonly systems: readonly string[];
  readonly latencies: readonly string[];
  readonly numbers: readonly string[];
}

const comparisons = {
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
} as const;

/** A condition under which a bench ends with 99: `login.p99 > 50`. */
export interface Condition {
  readonly text: string;
  readonly system: string;
  /** A latency and its statistic, a number, or `failed`. */
  readonly path: readonly [latency: string, statistic: Statistic] | readonly [number: string];
  readonly comparison: keyof typeof comparisons;
  readonly bound: number;
}

/** What is wrong with a condition, for the user. */
export class ConditionError extends Error {}

const shape = /^([A-Za-z0-9.]+)\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(ms)?$/;

/**
 * Reads a condition: `[system.]latency.statistic OP number[ms]`, `[system.]number OP number` or `failed OP number`.
 * Throws ConditionError when it is none, or asks about what this bench does not measure.
 */
export function readCondition(text: string, vocabulary: Vocabulary): Condition {
  const match = shape.exec(text.trim());
  if (match === null)
    throw new ConditionError(
      `"${text}" is no condition. Write it like "login.p99 > 50" or "failed > 0": what, one of > >= < <=, a number.`,
    );
  const [, words = '', comparison = '', bound] = match;
  const names = words.split('.');
  const isNamed = vocabulary.systems.includes(names[0] ?? '');
  const system = (isNamed ? names.shift() : vocabulary.systems[0]) ?? '';
  return {
    text: text.trim(),
    system,
    path: readPath(names, text, vocabulary),
    comparison: comparison as Condition['comparison'],
    bound: Number(bound),
  };
}

function readPath(
  names: readonly string[],
  text: string,
  { systems, latencies, numbers }: Vocabulary,
): Condition['path'] {
  const [name = '', statistic] = names;
  if (statistic === undefined && (name === 'failed' || numbers.includes(name))) return [name];
  const isStatistic = (statistics as readonly (string | undefined)[]).includes(statistic);
  if (names.length === 2 && latencies.includes(name) && isStatistic)
    return [name, statistic as Statistic];
  const known = [...latencies.map((it) => `${it}.p99`), ...numbers, 'failed'].join(', ');
  throw new ConditionError(
    `"${text}" asks about "${names.join('.')}", which this bench does not measure. It knows: ${known}` +
      ` (statistics: ${statistics.join(', ')}; systems: ${systems.join(', ')}).`,
  );
}

/**
 * Those that are met, as sentences; a report in which nothing was measured for a condition meets it: a gate must not open
 * because nothing came.
 */
export function metConditions(conditions: readonly Condition[], report: Report): string[] {
  return conditions.flatMap((condition) => {
    const value = valueOf(condition, report);
    if (value === undefined) return [`${condition.text}: nothing was measured`];
    const { comparison, bound, text } = condition;
    return comparisons[comparison](value, bound) ? [`${text}: it is ${round(value)}`] : [];
  });
}

function valueOf({ system, path }: Condition, report: Report): number | undefined {
  const [name, statistic] = path;
  if (name === 'failed') return report.failed;
  const found = report.systems[system];
  if (statistic === undefined) return found?.numbers[name] ?? undefined;
  const latency = found?.latencies[name];
  if (statistic === 'count') return latency?.count ?? 0;
  return latency === undefined || latency.count === 0 ? undefined : latency[statistic];
}

function round(value: number): string {
  return String(Number(value.toPrecision(6)));
}
