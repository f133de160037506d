import type { Command } from 'commander';
import { maskConfig } from '../config/print.ts';
import { configTable } from '../config/table.ts';
import { addConfigOptions, loadFrom, reportProblems } from './config-options.ts';
import { exitCodes, type CliIo, type Finish } from './io.ts';

/** `gatehouse config check | print | docs`. */
export function addConfigCommands(program: Command, io: CliIo, finish: Finish): void {
  const group = program.command('config').description('Check, show or document the configuration.');
  const check = group
    .command('check')
    .description('Say whether a node would start with these flags, environment and file.');
  addConfigOptions(check).action(() => finish(checkConfig(check, io)));

  const print = group
    .command('print')
    .description('Print the configuration a node would run with, secrets masked, as JSON.')
    .option('--sources', 'Print where each value that is not a default came from, instead.');
  addConfigOptions(print).action(() => finish(printConfig(print, io)));

  group
    .command('docs')
    .description('Print every key, flag, variable and default as a Markdown table.')
    .action(() => io.out(configTable()));
}

function checkConfig(command: Command, io: CliIo): number {
  const loaded = loadFrom(command, io);
  if (!loaded.ok) {
    reportProblems(loaded.problems, io);
    return exitCodes.usage;
  }
  for (const warning of loaded.warnings) io.err(`warning: ${warning}\n`);
  io.out('the configuration is valid\n');
  return exitCodes.ok;
}

function printConfig(command: Command, io: CliIo): number {
  const loaded = loadFrom(command, io);
  if (!loaded.ok) {
    reportProblems(loaded.problems, io);
    return exitCodes.usage;
  }
  const { sources } = command.opts<{ sources?: boolean }>();
  if (sources === true) for (const [path, source] of loaded.sources) io.out(`${path}\t${source}\n`);
  else io.out(`${JSON.stringify(maskConfig(loaded.config), undefined, 2)}\n`);
  return exitCodes.ok;
}
