import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { comparisonOf } from './comparison.ts';
import { csvOf } from './csv.ts';
import {
  ConditionError,
  metConditions,
  readCondition,
  type Condition,
  type Vocabulary,
} from './fail-if.ts';
import { hgrmFiles, type OutputFile } from './hgrm.ts';
import { pageOf } from './page.ts';
import { documentOf, reportFrom, type Report } from './report.ts';

/** How a bench ends. */
export const exitCodes = {
  good: 0,
  failure: 1,
  usage: 2,
  condition: 99,
  interrupted: 130,
} as const;

/** What the output options of a command line say. */
export interface OutputFlags {
  readonly json?: string;
  readonly csv?: string;
  readonly hgrm?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly failIf?: readonly string[];
}

/** Gives a command the options of every bench's output. */
export function addOutputOptions(command: Command): Command {
  return command
    .option('--json <FILE>', 'Write the report as JSON; - is standard output, without the table.')
    .option('--csv <FILE>', 'Write every number as CSV.')
    .option('--hgrm <FILE>', "Write latencies in HdrHistogram's percentile format.")
    .option('--html <FILE>', 'Write the report as one page with plots.')
    .option('--compare <FILE>', 'Compare with the JSON of an earlier run.')
    .option(
      '--fail-if <CONDITION>',
      'End with 99 when it is met: "login.p99 > 50", "failed > 0". May be given again.',
      (text: string, all: readonly string[] | undefined) => [...(all ?? []), text],
    );
}

/** Where a report goes: asked for before a run, so that what is wrong with the wishes is known before it. */
export class Outputs {
  readonly #flags: OutputFlags;
  readonly #conditions: readonly Condition[];
  readonly #old: Report | undefined;

  private constructor(
    flags: OutputFlags,
    conditions: readonly Condition[],
    old: Report | undefined,
  ) {
    this.#flags = flags;
    this.#conditions = conditions;
    this.#old = old;
  }

  /** Ends the command with 2 when a condition is none or the older report cannot be read. */
  static of(flags: OutputFlags, vocabulary: Vocabulary, command: Command): Outputs {
    const fail = (text: string): never =>
      command.error(`error: ${text}`, { exitCode: exitCodes.usage });
    try {
      const conditions = (flags.failIf ?? []).map((text) => readCondition(text, vocabulary));
      return new Outputs(
        flags,
        conditions,
        flags.compare === undefined ? undefined : readReport(flags.compare),
      );
    } catch (error) {
      if (error instanceof ConditionError) return fail(error.message);
      if (error instanceof OldReportError) return fail(error.message);
      throw error;
    }
  }

  /** Whether standard output belongs to the JSON; then nothing else is said there or on the way. */
  get isQuiet(): boolean {
    return this.#flags.json === '-';
  }

  /** Writes all that was asked for, the table among it, and returns the exit code. */
  write(report: Report, table: string): number {
    const document = `${JSON.stringify(documentOf(report), null, 2)}\n`;
    for (const { file, text } of this.#files(report, document)) writeFileSync(file, text);
    const compared = this.#old === undefined ? '' : `\n${comparisonOf(report, this.#old)}`;
    process.stdout.write(this.isQuiet ? document : `${table}${compared}`);
    const met = metConditions(this.#conditions, report);
    for (const sentence of met) process.stderr.write(`bench: condition met: ${sentence}\n`);
    if (report.interrupted) return exitCodes.interrupted;
    if (met.length > 0) return exitCodes.condition;
    return report.failed > 0 ? exitCodes.failure : exitCodes.good;
  }

  #files(report: Report, document: string): OutputFile[] {
    const { json, csv, hgrm, html } = this.#flags;
    const files = hgrm === undefined ? [] : hgrmFiles(hgrm, report);
    if (json !== undefined && !this.isQuiet) files.push({ file: json, text: document });
    if (csv !== undefined) files.push({ file: csv, text: csvOf(report) });
    if (html !== undefined) files.push({ file: html, text: pageOf(report, this.#old) });
    return files;
  }
}

class OldReportError extends Error {}

function readReport(file: string): Report {
  try {
    return reportFrom(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OldReportError(`--compare: ${file} is no report of a bench: ${why}`, {
      cause: error,
    });
  }
}
