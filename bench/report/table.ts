import { median } from '../measure/latencies.ts';
import type { BenchResult, Medians, Subject } from './result.ts';

/** A line of a table. */
export type Row = readonly [label: string, ...cells: string[]];

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const subjects: readonly Subject[] = ['gateway', 'webhooks', 'unguarded', 'floor'];

/** What a column is called. */
const headings = {
  gateway: 'gateway',
  webhooks: 'with webhooks',
  unguarded: 'unguarded',
  floor: 'floor',
} as const satisfies Record<Subject, string>;

/** A result for people: what was measured, the medians side by side, what to beware of. Ends with a line break. */
export function tableOf(result: BenchResult): string {
  const shown = subjects.filter((subject) => result.medians[subject] !== undefined);
  const medians = shown.map((subject) => result.medians[subject] as Medians);
  const rows: Row[] = [
    ['', ...shown.map((subject) => headings[subject]), ...(result.ratio === null ? [] : ['ratio'])],
    ...numberRows(medians, result.ratio !== null),
    ['failed logins', ...shown.map((subject) => whole.format(failedOf(result, subject)))],
  ];
  const lines = [
    headline(result),
    '',
    ...aligned(rows),
    '',
    ...ratioLine(result),
    ...webhookLines(result),
    ...safetyLine(result),
    ...failureLines(result),
    ...result.warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function headline({ settings, machine, versions }: BenchResult): string {
  const { connections, rounds, transport, registry } = settings;
  return (
    `${whole.format(connections)} logins a round, medians of ${rounds} · ${transport}, ${registry} registry\n` +
    `${machine.cores} x ${machine.cpu} · Node ${versions.node} · Redis ${versions.redis} · uWebSockets.js ${versions.uWebSockets}`
  );
}

function numberRows(medians: readonly Medians[], hasRatio: boolean): Row[] {
  const row = (label: string, read: (it: Medians) => number | null, digits: number): Row => {
    const values = medians.map(read);
    const [first, second] = values;
    const ratio = hasRatio && first && second ? [(first / second).toFixed(2)] : [];
    return [
      label,
      ...values.map((it) =>
        it === null ? '-' : digits === 0 ? whole.format(it) : it.toFixed(digits),
      ),
      ...ratio,
    ];
  };
  return [
    row('CPU of the server, us a login', (it) => it.cpuUsPerLogin, 1),
    row('CPU of Redis, us a login', (it) => it.redisCpuUsPerLogin, 1),
    row('memory, bytes a connection', (it) => it.rssBytesPerConnection, 0),
    row('  of it V8 heap', (it) => it.heapBytesPerConnection, 0),
    row('logins a second', (it) => it.loginsPerSecond, 0),
    row('latency p50, ms', (it) => it.loginMs.p50, 1),
    row('latency p90, ms', (it) => it.loginMs.p90, 1),
    row('latency p99, ms', (it) => it.loginMs.p99, 1),
  ];
}

/** Rows as lines: labels to the left, cells to the right under each other. */
export function aligned(rows: readonly Row[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  }
  return rows.map(([label, ...cells]) =>
    [
      label.padEnd(widths[0] ?? 0),
      ...cells.map((cell, i) => cell.padStart((widths[i + 1] ?? 0) + 2)),
    ].join(''),
  );
}

function ratioLine({ ratio }: BenchResult): string[] {
  if (ratio === null) return [];
  const rounds = ratio.rounds.map((it) => it.toFixed(2)).join(', ');
  return [`A login costs the gateway ${ratio.median.toFixed(2)} x the floor (rounds: ${rounds}).`];
}

function webhookLines({ webhookRatio, rounds }: BenchResult): string[] {
  if (webhookRatio === null) return [];
  const told = rounds.flatMap(({ webhooks }) => webhooks?.webhooks ?? []);
  const cpuUs = median(told.map((it) => it.cpuUsPerWebhook)).toFixed(1);
  const perSecond = whole.format(median(told.map((it) => it.webhooksPerSecond)));
  return [
    `To keep an event of each login costs a node ${more(webhookRatio.median)} more CPU a login (rounds: ${webhookRatio.rounds.map(more).join(', ')}).`,
    `To tell of one costs the node that does it ${cpuUs} us, ${perSecond} a second here.`,
  ];
}

function safetyLine({ safetyRatio }: BenchResult): string[] {
  if (safetyRatio === null) return [];
  const rounds = safetyRatio.rounds.map(more).join(', ');
  return [
    `Audits, self-probe and health take ${more(safetyRatio.median)} more CPU a login (rounds: ${rounds}).`,
  ];
}

function more(ratio: number): string {
  return `${((ratio - 1) * 100).toFixed(1)} %`;
}

function failedOf(result: BenchResult, subject: Subject): number {
  return result.rounds.reduce((sum, round) => sum + (round[subject]?.failed ?? 0), 0);
}

function failureLines(result: BenchResult): string[] {
  return result.rounds.flatMap((round, i) =>
    subjects.flatMap((subject) => {
      const failures = Object.entries(round[subject]?.failures ?? {});
      if (failures.length === 0) return [];
      const text = failures.map(([why, count]) => `${why} x ${count}`).join(', ');
      return [`failed in round ${i + 1} at the ${subject}: ${text}`];
    }),
  );
}
