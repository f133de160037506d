import type { Command } from 'commander';
import { parseApps, splitList, type AppText } from '../config/apps.ts';
import type { CliIo } from './io.ts';
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
  const { apps, bad } = parseApps(texts(command, options, io));
  if (bad.length > 0) command.error('gatehouse: an app is given as ID:SECRET', { exitCode: 2 });
  const fault = apps.map(appFault).find((found) => found !== undefined);
  if (fault !== undefined) command.error(`gatehouse: ${fault}`, { exitCode: 2 });
  return apps;
}

function appFault({ id, keys }: AppText): string | undefined {
  if (id < 1 || id > largestAppId) return `an SDKAppID is a whole number from 1 to ${largestAppId}`;
  const isRepeated = new Set(keys.map(({ secret }) => secret)).size < keys.length;
  return isRepeated ? `app ${id} has the same key twice` : undefined;
}

function texts(command: Command, options: AppOptions, io: CliIo): readonly string[] {
  if (options.app !== undefined) return options.app;
  if (options.appFile !== undefined) return splitList(readText(command, options.appFile, io));
  const { GATEHOUSE_APP: inline, GATEHOUSE_APP_FILE: file } = io.env;
  if (inline !== undefined && inline !== '') return splitList(inline);
  if (file !== undefined && file !== '') return splitList(readText(command, file, io));
  return [];
}

function readText(command: Command, path: string, io: CliIo): string {
  try {
    return io.readFile(path);
  } catch {
    return command.error(`gatehouse: the file ${path} cannot be read`, { exitCode: 2 });
  }
}
