import { text as readAll } from 'node:stream/consumers';
import { InvalidArgumentError, type Command } from 'commander';
import { makeUserSig } from '../ticket/user-sig.ts';
import { addAppOptions, appHelp, appsOf, refuse, type AppOptions } from './app-option.ts';
import { exitCodes, type CliIo, type Finish } from './io.ts';
import { reportLines, reportTicket, type TicketReport } from './ticket-report.ts';

interface NewOptions extends AppOptions {
  readonly user: string;
  readonly expire: number;
  readonly json?: boolean;
}

interface InspectOptions extends AppOptions {
  readonly json?: boolean;
}

const weekS = 7 * 86_400;
const longestS = 0xffff_ffff;

function wholeSeconds(value: string): number {
  if (!/^\d{1,10}$/.test(value) || Number(value) < 1 || Number(value) > longestS)
    throw new InvalidArgumentError(`Give a whole number of seconds, 1 to ${longestS}.`);
  return Number(value);
}

function userIdOf(value: string): string {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(value))
    throw new InvalidArgumentError('Give 1 to 32 letters, digits, _ and -.');
  return value;
}

/** `gatehouse ticket new | inspect`. */
export function addTicketCommands(program: Command, io: CliIo, finish: Finish): void {
  const group = program.command('ticket').description('Make tickets (UserSigs) or look into them.');
  addNewCommand(group, io);
  addInspectCommand(group, io, finish);
}

function addNewCommand(group: Command, io: CliIo): void {
  const command = group.command('new').description('Print a ticket for a user.');
  addAppOptions(command)
    .requiredOption('--user <ID>', 'UserID: 1 to 32 letters, digits, _ and -.', userIdOf)
    .option(
      '--expire <SECONDS>',
      `How long it holds from now on, 1 to ${longestS}.`,
      wholeSeconds,
      weekS,
    )
    .option('--json', 'Print {"userSig": ...} instead of the ticket alone.')
    .addHelpText('after', appHelp)
    .action((options: NewOptions) => {
      const userSig = newTicket(command, options, io);
      io.out(options.json === true ? `${JSON.stringify({ userSig })}\n` : `${userSig}\n`);
    });
}

function newTicket(command: Command, options: NewOptions, io: CliIo): string {
  const apps = appsOf(command, options, io);
  const [app] = apps;
  const [key] = app?.keys ?? [];
  if (app === undefined || key === undefined)
    return refuse(command, 'a ticket needs one app: give --app ID:SECRET');
  if (apps.length > 1) return refuse(command, `a ticket needs one app: ${apps.length} were given`);
  return makeUserSig({
    sdkAppId: app.id,
    secret: key.secret,
    userId: options.user,
    expireS: options.expire,
    issuedAt: io.nowS(),
  });
}

const inspectHelp = `
Exit code: 0 when the ticket is valid, 1 when it is not, 3 when that is unknown: without a key of its app the signature
is not checked, and anybody can have written the ticket. In JSON, "valid" is then null.
${appHelp}`;

function exitCodeOf({ valid }: TicketReport): number {
  if (valid === null) return exitCodes.unknown;
  return valid ? exitCodes.ok : exitCodes.failure;
}

function addInspectCommand(group: Command, io: CliIo, finish: Finish): void {
  const command = group
    .command('inspect')
    .description('Say what a ticket holds and, if it is not valid, exactly why.')
    .argument('<ticket>', 'the ticket, or - to read it from standard input');
  addAppOptions(command)
    .option('--json', 'Print one JSON object.')
    .addHelpText('after', inspectHelp)
    .action(async (given: string, options: InspectOptions) => {
      const userSig = given === '-' ? (await readAll(io.stdin)).trim() : given;
      const report = reportTicket(userSig, appsOf(command, options, io), io.nowS());
      io.out(options.json === true ? `${JSON.stringify(report)}\n` : reportLines(report));
      finish(exitCodeOf(report));
    });
}
