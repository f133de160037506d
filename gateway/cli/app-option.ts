import type { Command } from 'commander';
import {
  itemLines,
  readApps,
  splitList,
  unreadable,
  type AppText,
  type AppTexts,
} from '../config/apps.ts';
import { exitCodes, type CliIo } from './io.ts';
import { repeated } from './repeated.ts';

/** How a command was told its apps. */
export interface AppOptions {
  readonly app?: readonly string[];
  readonly appFile?: string;
}

/** What is said about these options below the help of a command. */
export const appHelp = `
The app can also stand in the environment, GATEHOUSE_APP or, as a file, GATEHOUSE_APP_FILE. A key given by --app can
be seen in the process list (ps).`;

/** The largest SDKAppID. */
const largestAppId = 0xffff_ffff;

/** Adds --app and --app-file to a command. */
export function addAppOptions(command: Command): Command {
  return command
    .option('--app <ID:SECRET>', 'SDKAppID and secret key; may be repeated.', repeated)
    .option('--app-file <FILE>', 'File with ID:SECRET, instead of --app.');
}

/**
 * The apps a command was told, by flag, file or environment, in this order; none at all is an empty list. Ends the
 * command with a message that never repeats a key, also when no gateway would serve one of them.
 */
export function appsOf(command: Command, options: AppOptions, io: CliIo): readonly AppText[] {
  const given = appTexts(command, options, io);
  if (given === undefined) return [];
  const { apps, problem } = readApps(given);
  if (problem !== undefined) return refuse(command, `${given.source}: ${problem}`);
  const fault = apps.map(appFault).find((found) => found !== undefined);
  return fault === undefined ? apps : refuse(command, fault);
}

/** Ends a command that was called wrongly. */
export function refuse(command: Command, problem: string): never {
  return command.error(`gatehouse: ${problem}`, { exitCode: exitCodes.usage });
}

function appFault({ id, keys }: AppText): string | undefined {
  if (id < 1 || id > largestAppId) return `an SDKAppID is a whole number from 1 to ${largestAppId}`;
  const isRepeated = new Set(keys.map(({ secret }) => secret)).size < keys.length;
  return isRepeated ? `app ${id} has the same key twice` : undefined;
}

type GivenTexts = AppTexts & { readonly source: string };

function appTexts(command: Command, options: AppOptions, io: CliIo): GivenTexts | undefined {
  const { app, appFile } = options;
  // As everywhere, an empty variable is an unset one.
  const inline = io.env['GATEHOUSE_APP'] || undefined;
  const inlineFile = io.env['GATEHOUSE_APP_FILE'] || undefined;
  if (app !== undefined && appFile !== undefined)
    return refuse(command, 'flag --app-file: --app is given too');
  if (inline !== undefined && inlineFile !== undefined)
    return refuse(command, 'environment GATEHOUSE_APP_FILE: GATEHOUSE_APP is set too');
  if (app !== undefined) return { texts: app, source: 'flag --app' };
  if (appFile !== undefined) return fileTexts(command, io, appFile, 'flag --app-file');
  if (inline !== undefined)
    return { texts: splitList(inline), source: 'environment GATEHOUSE_APP' };
  if (inlineFile === undefined) return undefined;
  return fileTexts(command, io, inlineFile, 'environment GATEHOUSE_APP_FILE');
}

function fileTexts(command: Command, io: CliIo, path: string, source: string): GivenTexts {
  try {
    const text = io.readFile(path);
    return { texts: splitList(text), lines: itemLines(text), source };
  } catch (error) {
    return refuse(command, `${source}: ${unreadable(source, path, error).problem}`);
  }
}
