import { InvalidArgumentError, type Command } from 'commander';
import { momentOf } from '../../config/moment.ts';
import { addAdminOptions, type AdminOptions } from './admin-options.ts';

/** How a command about a user was told which app. */
export interface UserOptions extends AdminOptions {
  readonly app: number;
}

/** A command about one user: `NAME <user> --app ID`. */
export function userCommand(program: Command, name: string, description: string): Command {
  const command = program
    .command(name)
    .description(description)
    .argument('<user>', 'UserID', userIdOf)
    .requiredOption('--app <ID>', 'SDKAppID.', appIdOf);
  return addAdminOptions(command);
}

/** A UserID. */
export function userIdOf(value: string): string {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(value))
    throw new InvalidArgumentError('Give 1 to 32 letters, digits, _ and -.');
  return value;
}

/** An SDKAppID. */
export function appIdOf(value: string): number {
  if (!/^[1-9]\d{0,9}$/.test(value))
    throw new InvalidArgumentError('Give an SDKAppID, without a key.');
  return Number(value);
}

/** A sessionId, an instanceId or a nodeId. */
export function nameOf(value: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(value))
    throw new InvalidArgumentError('Give 1 to 64 letters, digits, _ and -.');
  return value;
}

const unitsS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A time span such as 90s, 30m, 12h, 7d or 2w, in seconds. */
export function spanS(value: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(value) ?? [];
  const seconds = Number(count) * (unitsS[unit] ?? 0);
  if (seconds < 1) throw new InvalidArgumentError('Give a time such as 90s, 30m, 12h, 7d or 2w.');
  return seconds;
}

/** A moment as an ISO date or date and time, in Unix seconds. */
export function momentS(value: string): number {
  const unixS = momentOf(value);
  if (unixS === undefined)
    throw new InvalidArgumentError('Give a date, or date and time with Z or an offset.');
  return unixS;
}

/** The path of a user under /v1. */
export function userPath(userId: string, { app }: UserOptions, rest: string): string {
  return `/v1/apps/${app}/users/${userId}/${rest}`;
}
