import { measures, timings } from './measures.ts';
import type { Report, SystemReport } from './report.ts';
import { aligned, type Row } from './table.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const shownStatistics = ['p50', 'p90', 'p99', 'p999', 'max'] as const;

/** A report for people: numbers side by side, latencies, what failed, what to beware of. Ends with a line break. */
export function summaryOf(report: Report): string {
  const lines = [
    ...headline(report),
    '',
    ...aligned(numberRows(report)).map((line) => line.trimEnd()),
    '',
    ...latencyLines(report),
    ...failureLines(report),
    ...(report.interrupted ? ['interrupted: this is what was measured so far'] : []),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Which bench, how it was called, where it ran. */
function headline({ bench, settings, machine, versions }: Report): string[] {
  const flags = Object.entries(settings).filter(([, value]) => isShown(value));
  return [
    `${bench} · ${flags.map(([name, value]) => `${name} ${String(value)}`).join(' · ')}`,
    `${machine.cores} x ${machine.cpu} · Node ${versions['node']} · Redis ${versions['redis']} · uWebSockets.js ${versions['uWebSockets']}`,
  ];
}

function isShown(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'string' || value === true;
}

/** The label of a number, by its name. */
export function labelOf(name: string): string {
  return (measures as Readonly<Record<string, { label: string }>>)[name]?.label ?? name;
}

/** What was timed, by its name. */
export function timingOf(name: string): string {
  return (timings as Readonly<Record<string, string>>)[name] ?? name;
}

/** A number as it is printed. */
export function written(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  const digits = (measures as Readonly<Record<string, { digits: number }>>)[name]?.digits ?? 1;
  return digits === 0 ? whole.format(value) : value.toFixed(digits);
}

/** The names of all numbers of a report, in the order of `measures`. */
export function numberNames({ systems }: Report): string[] {
  const present = new Set(Object.values(systems).flatMap(({ numbers }) => Object.keys(numbers)));
  const known = Object.keys(measures).filter((name) => present.has(name));
  return [...known, ...[...present].filter((name) => !(name in measures))];
}

/** More systems than that stand beneath each other, each with the numbers it has. */
const mostColumns = 6;

/** The numbers of a report as a table, its head first. */
export function numberRows(report: Report): Row[] {
  const systems = Object.entries(report.systems);
  if (systems.length > mostColumns) return longRows(report);
  const others = Object.keys(report.ratios);
  return [
    ['', ...systems.map(([name]) => name), ...others.map((name) => `by ${name}`)],
    ...numberNames(report).map((name): Row => {
      const cells = systems.map(([, { numbers }]) => written(name, numbers[name]));
      const ratios = others.map((other) => report.ratios[other]?.[name]?.toFixed(2) ?? '');
      return [labelOf(name), ...cells, ...ratios];
    }),
  ];
}

function longRows(report: Report): Row[] {
  const rows = Object.entries(report.systems).flatMap(([system, { numbers }]) =>
    numberNames(report)
      .filter((name) => name in numbers)
      .map((name): Row => [`${system}: ${labelOf(name).trim()}`, written(name, numbers[name])]),
  );
  return [['', ''], ...rows];
}

function latencyLines({ systems }: Report): string[] {
  const rows = Object.entries(systems).flatMap(([system, it]) =>
    latencyRows(it, Object.keys(systems).length > 1 ? `${system}: ` : ''),
  );
  if (rows.length === 0) return [];
  return [...aligned([['latency, ms', ...shownStatistics], ...rows]), ''];
}

function latencyRows({ latencies }: SystemReport, prefix: string): Row[] {
  return Object.entries(latencies).map(([name, latency]) => [
    `${prefix}${timingOf(name)}`,
    ...shownStatistics.map((it) => latency[it].toFixed(1)),
  ]);
}

function failureLines({ systems, failed }: Report): string[] {
  const lines = Object.entries(systems).flatMap(([system, { failures }]) => {
    const text = Object.entries(failures).map(([why, count]) => `${why} x ${count}`);
    return text.length === 0 ? [] : [`failed at ${system}: ${text.join(', ')}`];
  });
  return failed === 0 ? ['failed: 0'] : [`failed: ${whole.format(failed)}`, ...lines];
}
