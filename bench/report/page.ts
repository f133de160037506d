import { bars } from './bars.ts';
import { chart, escapeHtml, type Curve } from './chart.ts';
import { pageStyle } from './page-style.ts';
import { percentileCurves, percentileTicks } from './percentiles.ts';
import type { Report, Second } from './report.ts';
import { numberNames, numberRows, timingOf } from './summary.ts';

/** What is drawn as bars where there are several systems. */
const comparedNumbers = [
  'cpuUsPerLogin',
  'rssBytesPerConnection',
  'loginsPerSecond',
  'cpuUsPerDelivery',
  'deliveriesPerSecond',
];
const mebibyte = 2 ** 20;
const shownStatistics = ['count', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

/** A report as one page of HTML without a script and without anything to load; `old` is drawn dashed. */
export function pageOf(report: Report, old?: Report): string {
  const { bench, at, command } = report;
  const title = `Gatehouse bench: ${bench}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${pageStyle}</style></head><body>
<h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(at)}${report.interrupted ? ' · interrupted' : ''}</p>
<p class="box"><code>${escapeHtml(command)}</code></p>
${report.warnings.map((it) => `<p class="box warning">${escapeHtml(it)}</p>`).join('\n')}
<h2>Numbers</h2>${numberTable(report)}${latencyTable(report)}${failureTable(report)}
<h2>Plots</h2><div class="charts">${charts(report, old).join('\n')}</div>
<h2>Made on</h2>${madeOn(report)}
</body></html>
`;
}

function numberTable(report: Report): string {
  const [head = [''], ...rows] = numberRows(report);
  return table(head, [...rows, ['failed', String(report.failed)]]);
}

function latencyTable({ systems }: Report): string {
  const rows = Object.entries(systems).flatMap(([system, { latencies }]) =>
    Object.entries(latencies).map(([name, latency]) => [
      `${system}: ${timingOf(name)}`,
      ...shownStatistics.map((it) => latency[it].toFixed(it === 'count' ? 0 : 2)),
    ]),
  );
  return rows.length === 0 ? '' : `<p></p>${table(['latency, ms', ...shownStatistics], rows)}`;
}

function failureTable({ systems }: Report): string {
  const rows = Object.entries(systems).flatMap(([system, { failures }]) =>
    Object.entries(failures).map(([why, count]) => [`${system}: ${why}`, String(count)]),
  );
  return rows.length === 0 ? '' : `<p></p>${table(['failed', 'times'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => line('td', cells)).join('');
  return `<div class="wide"><table><thead>${line('th', head)}</thead><tbody>${body}</tbody></table></div>`;
}

function charts(report: Report, old: Report | undefined): string[] {
  const percentiles = [
    ...percentileCurves(report, ''),
    ...(old ? percentileCurves(old, 'old ') : []),
  ];
  const all = [
    {
      title: 'Latency by percentile',
      xLabel: 'percentile',
      yLabel: 'ms',
      curves: percentiles,
      xTicks: percentileTicks,
    },
    overTime(report, 'Rate', 'a second', [
      ['done', (it) => it.done],
      ['failed', (it) => (it.failed === 0 ? null : it.failed)],
    ]),
    overTime(report, 'Latency over time', 'ms', [
      ['p50', (it) => it.p50],
      ['p99', (it) => it.p99],
      ['max', (it) => it.max],
    ]),
    overTime(report, 'Memory of the gateways', 'MiB', [
      ['RSS', (it) => (it.rssBytes === null ? null : it.rssBytes / mebibyte)],
    ]),
    overTime(report, 'CPU of the gateways', 'cores', [['CPU', (it) => it.cores]]),
  ];
  const compared = Object.keys(report.systems).length > 1 ? comparedNumbers : [];
  const present = compared.filter((name) => numberNames(report).includes(name));
  return [
    ...present.map((name) => bars(report, name)),
    ...all.filter(({ curves }) => curves.length > 0).map(chart),
  ];
}

function overTime(
  { systems }: Report,
  title: string,
  yLabel: string,
  lines: readonly (readonly [name: string, read: (second: Second) => number | null])[],
): Parameters<typeof chart>[0] {
  const isOne = Object.keys(systems).length === 1;
  const curves = Object.entries(systems).flatMap(([system, { seconds }]) =>
    lines.map(([name, read]): Curve => ({
      name: isOne ? name : `${system} ${name}`,
      // The last second is seldom a whole one.
      points: seconds
        .slice(0, seconds.length > 2 ? -1 : undefined)
        .map((second) => [second.atS, read(second)]),
    })),
  );
  const isSeen = ({ points }: Curve): boolean => points.some(([, y]) => y !== null);
  return { title, xLabel: 'seconds', yLabel, curves: curves.filter(isSeen) };
}

function madeOn({ machine, versions, settings }: Report): string {
  const rows = [
    ['machine', `${machine.cores} x ${machine.cpu}`],
    ['memory', `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ['system', machine.system],
    ...Object.entries(versions),
    ...Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  ];
  return table(['', ''], rows);
}
