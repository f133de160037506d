import { labelOf, numberNames, timingOf, written } from './summary.ts';
import type { Report, SystemReport } from './report.ts';
import { aligned, type Row } from './table.ts';

/** A report beside an older one of the same bench, as a table with the change in percent. */
export function comparisonOf(report: Report, old: Report): string {
  const rows = Object.entries(report.systems).flatMap(([name, system]) => {
    const before = old.systems[name];
    if (before === undefined) return [];
    return [[name, 'old', 'new', 'change'] as Row, ...rowsOf(report, system, before)];
  });
  const lines = [`compared with ${old.at}: ${old.command}`, ...differences(report, old), ''];
  return `${[...lines, ...aligned(rows).map((line) => line.trimEnd())].join('\n')}\n`;
}

/** What makes the two incomparable. */
function differences(report: Report, old: Report): string[] {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const warnings: string[] = [];
  if (report.bench !== old.bench)
    warnings.push(`warning: that was another bench: ${old.bench}, not ${report.bench}`);
  if (!same(report.machine, old.machine))
    warnings.push(`warning: that was another machine: ${old.machine.cores} x ${old.machine.cpu}`);
  const changed = Object.keys({ ...old.settings, ...report.settings }).filter(
    (name) => !same(report.settings[name], old.settings[name]),
  );
  if (changed.length > 0) warnings.push(`warning: other settings: ${changed.join(', ')}`);
  return warnings;
}

function rowsOf(report: Report, system: SystemReport, before: SystemReport): Row[] {
  const numbers = numberNames(report).flatMap((name): Row[] => {
    const [was, is] = [before.numbers[name], system.numbers[name]];
    if (typeof was !== 'number' || typeof is !== 'number') return [];
    return [[`  ${labelOf(name)}`, written(name, was), written(name, is), change(was, is)]];
  });
  const latencies = Object.entries(system.latencies).flatMap(([name, latency]): Row[] => {
    const was = before.latencies[name];
    if (was === undefined) return [];
    return (['p50', 'p99', 'max'] as const).map((it) => {
      const cells = [was[it].toFixed(1), latency[it].toFixed(1), change(was[it], latency[it])];
      return [`  ${timingOf(name)}: ${it}, ms`, ...cells];
    });
  });
  return [...numbers, ...latencies];
}

function change(was: number, is: number): string {
  if (was === 0) return is === 0 ? '0 %' : '-';
  const percent = (is / was - 1) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}
