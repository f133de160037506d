import { statistics, type Report } from './report.ts';

/**
 * A report as CSV (RFC 4180), one value a line: `bench,system,what,statistic,atS,value`. `statistic` is empty for numbers,
 * `atS` is empty but for the values of one second; latencies in milliseconds.
 */
export function csvOf({ bench, systems }: Report): string {
  const lines = ['bench,system,what,statistic,atS,value'];
  const add = (...cells: readonly (string | number)[]): void => {
    lines.push([bench, ...cells].map(quoted).join(','));
  };
  for (const [system, { numbers, latencies, failures, seconds }] of Object.entries(systems)) {
    for (const [name, value] of Object.entries(numbers)) add(system, name, '', '', value ?? '');
    for (const [name, latency] of Object.entries(latencies)) {
      for (const statistic of statistics) add(system, name, statistic, '', latency[statistic]);
    }
    for (const [why, count] of Object.entries(failures))
      add(system, `failed: ${why}`, '', '', count);
    for (const { atS, ...values } of seconds) {
      for (const [name, value] of Object.entries(values))
        add(system, 'second', name, atS, value ?? '');
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
