import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import { configKeys, type ConfigKey } from '../config/keys.ts';
import type { FlagValue } from '../config/layers.ts';
import { loadConfig, type Loaded } from '../config/load.ts';
import { problemLine, type ConfigProblem } from '../config/problem.ts';
import { hint } from '../config/table.ts';
import type { CliIo } from './io.ts';
import { repeated } from './repeated.ts';

const optionsByPath: ReadonlyMap<string, Option> = new Map(
  configKeys.filter((key) => key.kind !== 'fileOnly').map((key) => [key.path, optionOf(key)]),
);

function optionOf(key: ConfigKey): Option {
  const flags = key.flags.join(', ');
  const isList = key.kind === 'list' || key.kind === 'apps';
  const shape = key.kind === 'boolean' ? '' : ` (${key.shape})`;
  const option = new Option(
    key.kind === 'boolean' ? flags : `${flags} <${hint(key).replace(' ...', '')}>`,
    `${key.meaning}${shape} Default: ${key.defaultText}.${isList ? ' May be repeated.' : ''}`,
  );
  if (isList) option.argParser(repeated);
  const [section, inner] = key.path.split('.');
  return inner === undefined ? option : option.helpGroup(`Options, ${section}:`);
}

const helpText = `
Each flag can also be given in the environment (--ticket-grace-s as GATEHOUSE_TICKET_GRACE_S; with _FILE
behind the name: the path of a file that holds the value) or in the JSON file (ticket.graceS). Flags weigh more
than the environment, the environment more than the file.

A key given by --app can be seen in the process list (ps): use --app-file, GATEHOUSE_APP_FILE or the file.`;

/** Adds every flag of the configuration, `--config` and `--app-file` to a command. */
export function addConfigOptions(command: Command): Command {
  command
    .option('--config <FILE>', 'JSON file with the configuration.')
    .option('--app-file <FILE>', 'File with ID:SECRET, one or more, instead of --app.');
  for (const option of optionsByPath.values()) command.addOption(option);
  // Unknown flags are reported together with all other problems, not one at a time.
  return command.allowUnknownOption().allowExcessArguments().addHelpText('after', helpText);
}

/** Loads the configuration from what a command was called with. */
export function loadFrom(command: Command, io: CliIo): Loaded {
  const values = command.opts<Record<string, FlagValue | undefined>>();
  const flags: Record<string, FlagValue> = {};
  for (const [path, option] of optionsByPath) {
    const value = values[option.attributeName()];
    if (value !== undefined) flags[path] = value;
  }
  return loadConfig({
    flags,
    configFile: textOf(values['config']),
    appFile: textOf(values['appFile']),
    unknownWords: command.args,
    env: io.env,
    readFile: io.readFile,
    hostname: io.hostname,
    nowS: io.nowS(),
    makeSecret: () => randomBytes(32).toString('hex'),
  });
}

function textOf(value: FlagValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Tells an operator everything that is wrong, one problem a line. */
export function reportProblems(problems: readonly ConfigProblem[], io: CliIo): void {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  io.err(`gatehouse: ${count} in the configuration\n`);
  for (const problem of problems) io.err(`  ${problemLine(problem)}\n`);
}
