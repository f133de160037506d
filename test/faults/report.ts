import type { FaultResult, Summary } from './result.ts';

const columns = [
  ['fault', (r) => r.id],
  ['rounds', (r) => r.rounds],
  ['s', (r) => r.seconds],
  ['logins', (r) => r.logins],
  ['racing', (r) => r.racingLogins],
  ['kicks', (r) => r.kicksIssued],
  ['lost', (r) => r.kicksLost],
  ['false', (r) => r.falseKicks],
  ['over', (r) => r.overPolicy],
  ['stale ms', (r) => r.staleMaxMs],
  ['recover ms', (r) => r.recoverMs],
  ['bound ms', (r) => r.bound],
  ['closed', (r) => r.socketsClosed],
  ['', (r) => (r.ok ? 'ok' : 'FAILED')],
  ['', (r) => r.name],
] as const satisfies readonly (readonly [string, (result: FaultResult) => string | number])[];

/** Results for people: a row a fault, what went wrong below it, totals at the end. */
export function tableOf(results: readonly FaultResult[], summary: Summary): string {
  const rows = [columns.map(([title]): string => title)];
  for (const result of results) rows.push(columns.map(([, read]) => String(read(result))));
  const widths = columns.map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, c) => pad(cell, widths[c] ?? 0, c))
      .join('  ')
      .trimEnd(),
  );
  for (const { id, detail, errors, log } of results) {
    if (detail !== undefined) lines.push(`${id}: ${figures(detail)}`);
    lines.push(...errors.map((error) => `${id}: ${error}`));
    if (log !== undefined) lines.push(`${id}: log in ${log}`);
  }
  const { faults, failed, seed, seconds, kicksIssued, kicksLost, falseKicks, racingLogins } =
    summary;
  lines.push(
    '',
    `${faults} faults, ${failed} failed, in ${seconds} s; seed ${seed}`,
    `${kicksIssued} kicks issued, ${kicksLost} lost, ${falseKicks} false; ${racingLogins} racing logins, ${summary.overPolicy} users over policy`,
    '',
  );
  return lines.join('\n');
}

function figures(detail: Readonly<Record<string, number>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** The first column and the last two are words, the others numbers. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column >= columns.length - 2 ? cell.padEnd(width) : cell.padStart(width);
}
