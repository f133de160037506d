import { barPicture, percentilePicture } from '../bench/report/picture.ts';
import { documentOf, reportFrom, type Report } from '../bench/report/report.ts';
import { labelOf, numberNames, timingOf, written } from '../bench/report/summary.ts';

/** Reads a file of the project as text. */
export type Read = (path: string) => string;

/** The folder of what was measured, and of its pictures. */
export const performanceFolder = 'docs/performance';

/** The benches that the page tells of, by the names of their files: what `npm run bench --` is given. */
export const performanceBenches = {
  compare: 'compare --connections 10000 --rounds 5',
  login: 'login --connections 10000 --rounds 5 --safety',
  kick: 'kick --rate 500 --duration 20',
  push: 'push --rate 1000 --duration 20',
  expiry: 'expiry --connections 15000 --ends-in 20',
} as const;

export type PerformanceBench = keyof typeof performanceBenches;

/** What is profiled for a flame graph: its file's name and what `npm run bench --` is given. */
export const profiledBenches = {
  'login-flame': 'login --connections 15000 --rounds 1 --no-floor',
  'push-flame': 'push --rate 1000 --duration 10',
} as const;

/** A report as it is kept: without the single rounds and seconds, which nothing here is made of. */
export function keptReport(report: Report): string {
  const { bench, at, command, machine, versions, settings, interrupted } = report;
  const { ratios, failed, warnings } = report;
  const systems = Object.fromEntries(
    Object.entries(report.systems).map(([name, system]) => [name, { ...system, seconds: [] }]),
  );
  const made = { bench, at, command, machine, versions, settings, interrupted };
  return `${JSON.stringify(documentOf({ ...made, systems, ratios, failed, warnings }), null, 2)}\n`;
}

/** The pictures of the page, by their paths. */
export function performancePictures(read: Read): ReadonlyMap<string, string> {
  const compare = reportOf(read, 'compare');
  const title = 'What a login and an idle connection cost';
  const bars = barPicture(compare, ['cpuUsPerLogin', 'rssBytesPerConnection'], title);
  return new Map([
    [`${performanceFolder}/compare.svg`, bars],
    [`${performanceFolder}/compare-latency.svg`, percentilePicture(compare, 'Login')],
    [`${performanceFolder}/kick.svg`, percentilePicture(reportOf(read, 'kick'), 'Kick')],
    [`${performanceFolder}/push.svg`, percentilePicture(reportOf(read, 'push'), 'Push')],
  ]);
}

/** The generated parts of docs/performance.md, by their names. */
export function performanceParts(read: Read): ReadonlyMap<string, string> {
  return new Map(
    (Object.keys(performanceBenches) as PerformanceBench[]).map((bench) => [
      bench,
      partOf(reportOf(read, bench)),
    ]),
  );
}

/** What the README says of the comparison: two sentences and where they come from. */
export function performanceSummary(read: Read): string {
  const { systems, ratios, machine, versions, settings } = reportOf(read, 'compare');
  const [first, ...others] = Object.entries(systems);
  if (first === undefined) throw new Error('the comparison has no systems');
  const of = (other: string, name: string): string => ratios[other]?.[name]?.toFixed(2) ?? '-';
  const peers = others
    .map(([name]) => name)
    .filter((name) => name !== 'floor' && !name.startsWith('gatehouse'));
  const lines = ['floor', ...peers].map(
    (name) =>
      `| ${name} | ${of(name, 'cpuUsPerLogin')} | ${of(name, 'rssBytesPerConnection')} | ${of(name, 'redisCpuUsPerLogin')} |`,
  );
  return [
    `A login takes ${written('cpuUsPerLogin', first[1].numbers['cpuUsPerLogin'])} us of CPU and an idle connection ${written('rssBytesPerConnection', first[1].numbers['rssBytesPerConnection'])} bytes. Divided by what others took in the same run:`,
    '',
    '| beside | CPU a login | memory a connection | CPU of Redis a login |',
    '|---|---|---|---|',
    ...lines,
    '',
    `Made by \`${commandOf('compare')}\` on ${machine.cores} x ${machine.cpu}, ${machine.system}, Node ${versions['node']}, Redis ${versions['redis']}; medians of ${String(settings['rounds'])} rounds.`,
  ].join('\n');
}

function commandOf(bench: PerformanceBench): string {
  return `npm run bench -- ${performanceBenches[bench]}`;
}

function reportOf(read: Read, bench: PerformanceBench): Report {
  return reportFrom(JSON.parse(read(`${performanceFolder}/${bench}.json`)));
}

/** The command, the numbers of all systems, the latencies, and what to beware of. */
function partOf(report: Report): string {
  const { bench, at, machine, versions, failed, warnings } = report;
  return [
    `\`${commandOf(bench as PerformanceBench)}\`, ${at.slice(0, 10)}, ${machine.cores} x ${machine.cpu}, Node ${versions['node']}, Redis ${versions['redis']}: ${failed} failed.`,
    '',
    ...numberLines(report),
    '',
    ...latencyLines(report),
    ...warnings.flatMap((warning) => ['', `Warning: ${warning}.`]),
  ].join('\n');
}

function numberLines(report: Report): string[] {
  const systems = Object.entries(report.systems);
  const others = Object.keys(report.ratios);
  const head = ['', ...systems.map(([name]) => name), ...others.map((name) => `by ${name}`)];
  const rows = numberNames(report).map((name) => [
    labelOf(name).trim(),
    ...systems.map(([, { numbers }]) => written(name, numbers[name])),
    ...others.map((other) => report.ratios[other]?.[name]?.toFixed(2) ?? ''),
  ]);
  return tableLines(head, rows);
}

function latencyLines({ systems }: Report): string[] {
  const statistics = ['count', 'p50', 'p99', 'p999', 'max'] as const;
  const rows = Object.entries(systems).flatMap(([system, { latencies }]) =>
    Object.entries(latencies).map(([name, latency]) => [
      `${system}: ${timingOf(name)}`,
      ...statistics.map((it) => latency[it].toFixed(it === 'count' ? 0 : 1)),
    ]),
  );
  return rows.length === 0 ? [] : tableLines(['latency, ms', ...statistics], rows);
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
