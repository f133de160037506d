import { InvalidArgumentError, type Command } from 'commander';
import { isAdminKey, isAdminKeyHash } from '../../access/admin-key.ts';
import { adminUrlVariable } from '../../config/environment.ts';
import { unreadable } from '../../config/apps.ts';
import { refuse } from '../app-option.ts';
import { exitCodes, type CliIo } from '../io.ts';
import type { AdminAddress, Answered } from './admin-client.ts';
import { printable } from './text-table.ts';

/** How a command was told whom to ask. */
export interface AdminOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

const defaultUrl = 'http://127.0.0.1:7601';

const helpText = `
The key stands in GATEHOUSE_ADMIN_KEY, or in the file that --key-file or GATEHOUSE_ADMIN_KEY_FILE names; on the command line
everybody on the machine could read it. Any node answers for all of a deployment.

Exit code: 0 done; 1 the gateway refused, or there is none; 2 called wrongly; 3 nobody can tell whether it was done: try
again. docs/admin-api.md lists the reasons of a gateway and what to do.`;

/** Adds what every command over the admin API takes. */
export function addAdminOptions(command: Command): Command {
  return command
    .option(
      '--url <URL>',
      `Address of an admin port. Default: ${adminUrlVariable}, else ${defaultUrl}.`,
      addressOf,
    )
    .option('--key-file <FILE>', 'File with the key, instead of GATEHOUSE_ADMIN_KEY.')
    .option('--json', 'Print the answer of the gateway as JSON.')
    .addHelpText('after', helpText);
}

function addressOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Give an address like http://127.0.0.1:7601.');
  return text;
}

/** Whom to ask with which key. Ends a command that was not told. */
export function addressFor(command: Command, options: AdminOptions, io: CliIo): AdminAddress {
  const url = options.url ?? (io.env[adminUrlVariable] || defaultUrl);
  try {
    addressOf(url);
  } catch {
    return refuse(command, `environment ${adminUrlVariable}: it is no address of an admin port`);
  }
  return { url, key: keyFor(command, options, io) };
}

function keyFor(command: Command, { keyFile }: AdminOptions, io: CliIo): string {
  const inline = io.env['GATEHOUSE_ADMIN_KEY'] || undefined;
  const inlineFile = io.env['GATEHOUSE_ADMIN_KEY_FILE'] || undefined;
  if (keyFile !== undefined) return keyIn(command, io, keyFile, 'flag --key-file');
  if (inline !== undefined && inlineFile !== undefined)
    return refuse(command, 'environment GATEHOUSE_ADMIN_KEY_FILE: GATEHOUSE_ADMIN_KEY is set too');
  if (inline !== undefined) return checked(command, inline, 'environment GATEHOUSE_ADMIN_KEY');
  if (inlineFile !== undefined)
    return keyIn(command, io, inlineFile, 'environment GATEHOUSE_ADMIN_KEY_FILE');
  return refuse(
    command,
    'no key: set GATEHOUSE_ADMIN_KEY, or give --key-file. `gatehouse key new` makes one',
  );
}

function keyIn(command: Command, io: CliIo, path: string, source: string): string {
  let text: string;
  try {
    text = io.readFile(path);
  } catch (error) {
    return refuse(command, `${source}: ${unreadable(source, path, error).problem}`);
  }
  return checked(command, text.trim(), source);
}

/** Never repeats what it was given: after a slip it may be another secret. */
function checked(command: Command, text: string, source: string): string {
  if (isAdminKey(text)) return text;
  const problem = isAdminKeyHash(text)
    ? 'this is the hash of a key; the gateway wants that, and a caller the key itself'
    : 'this is no key as `gatehouse key new` prints it';
  return refuse(command, `${source}: ${problem}`);
}

/** Tells what a call gave, as JSON or by `say` for people, and the exit code that goes with it. */
export function report(
  answered: Answered,
  { json }: AdminOptions,
  io: CliIo,
  say: (body: never) => string,
): number {
  if (answered.kind !== 'done') {
    io.err(`gatehouse: ${printable(answered.text)}\n`);
    return answered.kind === 'unknown' ? exitCodes.unknown : exitCodes.failure;
  }
  const { body } = answered;
  io.out(json === true ? `${printable(JSON.stringify(body))}\n` : say(body as never));
  return exitCodes.ok;
}
