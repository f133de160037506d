import { Command, InvalidArgumentError, Option } from 'commander';
import { Progress } from '../../bench/report/progress.ts';
import { catalogue, mustFail } from './catalogue.ts';
import type { Fault } from './fault.ts';
import { tableOf } from './report.ts';
import { summaryOf, type FaultResult } from './result.ts';
import { runFault } from './runner.ts';
import { hasSchedules, type ScheduleFault } from './schedule-fault.ts';

interface Flags {
  readonly only?: readonly (Fault | ScheduleFault)[];
  readonly rounds?: number;
  readonly path?: string;
  readonly seed: number;
  readonly short?: true;
  readonly json?: true;
  readonly log?: string;
  readonly break?: string;
}

const exitCodes = { failure: 1, usage: 2, interrupted: 130 } as const;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

/** Ids, parted by commas; an id also stands for its variants (`F05` for `F05-silent` too). */
function faultsCalled(text: string): readonly (Fault | ScheduleFault)[] {
  const faults = text.split(',').flatMap((id) => {
    const called = catalogue.filter((fault) => fault.id === id || fault.id.startsWith(`${id}-`));
    called.push(...mustFail.filter((fault) => fault.id === id));
    if (called.length > 0) return called;
    const known = catalogue.map((fault) => fault.id).join(', ');
    throw new InvalidArgumentError(`There is no fault ${id}. Known: ${known}.`);
  });
  return [...new Set(faults)];
}

const program = new Command('test:faults')
  .description(
    'Does harm to real nodes, Redis and clients, and checks that no promise breaks. See test/faults/README.md.',
  )
  .addOption(new Option('--only <IDS>', 'Only these faults: F05,F10.').argParser(faultsCalled))
  .addOption(new Option('--rounds <N>', 'Rounds of each fault.').argParser(wholeNumber))
  .addOption(
    new Option('--seed <N>', 'Repeats the choices of an earlier run.')
      .argParser(wholeNumber)
      .default(1 + Math.floor(Math.random() * 1e9), 'by chance'),
  )
  .option(
    '--path <PATH>',
    'Only the schedule that a failure of F28 named, with its --seed, up to 5 times.',
  )
  .option('--short', 'The short form that npm test runs: few rounds, generous bounds.')
  .option('--json', 'One JSON object a fault and one with the totals, instead of a table.')
  .option(
    '--log <FILE>',
    'Write the events of all clients and nodes there, one JSON object a line.',
  )
  .option('--break <NAME>', 'Start the nodes with GATEHOUSE_TEST_BREAK=NAME: the suite must fail.')
  .allowExcessArguments(false)
  .action(async (flags: Flags) => {
    if (flags.path !== undefined && flags.only?.every(hasSchedules) !== true) {
      program.error('error: --path names a schedule: it needs --only F28.');
    }
    const isOk = await run(flags);
    process.exit(isOk ? 0 : exitCodes.failure);
  })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));

async function run(flags: Flags): Promise<boolean> {
  const startedMs = performance.now();
  const progress = new Progress();
  const results: FaultResult[] = [];
  for (const fault of flags.only ?? catalogue) {
    const stage = `${fault.id}: ${fault.name}`;
    progress.show(stage);
    const result = await runFault(fault, {
      form: flags.short === true ? 'short' : 'full',
      seed: flags.seed,
      rounds: flags.rounds,
      path: flags.path,
      logFile: flags.log,
      env: flags.break === undefined ? {} : { GATEHOUSE_TEST_BREAK: flags.break },
      show: (detail) => progress.show(stage, detail),
    });
    progress.clear();
    results.push(result);
    if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const summary = summaryOf(results, flags.seed, seconds);
  const text = flags.json === true ? `${JSON.stringify(summary)}\n` : tableOf(results, summary);
  await new Promise((resolve) => process.stdout.write(text, resolve));
  return summary.ok;
}

// The listeners for the exit of this process end what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(exitCodes.interrupted));
}

await program.parseAsync();
