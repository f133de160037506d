import { Command, CommanderError } from 'commander';
import { addBanCommands } from './operate/ban-commands.ts';
import { addNodeCommands } from './operate/node-commands.ts';
import { addPushCommand } from './operate/push-command.ts';
import { addPolicyCommands } from './operate/policy-commands.ts';
import { addSessionCommands } from './operate/session-commands.ts';
import { addWebhookCommands } from './operate/webhook-commands.ts';
import { addCompletionCommand } from './completion-command.ts';
import { addConfigCommands } from './config-commands.ts';
import { addConnectCommand } from './connect-command.ts';
import { addKeyCommand } from './key-command.ts';
import { exitCodes, type CliIo, type Finish } from './io.ts';
import { addStartCommand, type StartNode } from './start-command.ts';
import { addTicketCommands } from './ticket-commands.ts';

/** What the commands are joined to. */
export interface CliDependencies {
  readonly io: CliIo;
  readonly version: string;
  readonly startNode: StartNode;
}

const about =
  'A real-time WebSocket gateway: the login, session and presence layer in front of a chat or game back end.';

/**
 * Runs one command line (without `node` and the script) to its end and returns the exit code: 0 done, 1 failed,
 * 2 called or configured wrongly, 3 a ticket that could not be checked, or a call that may or may not have been served. Data goes to standard output, everything else to standard error.
 */
export async function runCli(
  words: readonly string[],
  dependencies: CliDependencies,
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = buildProgram(dependencies, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}

/** An unknown option with its name alone: what follows the name may well be a secret (`--app1:SECRET`). */
function withoutValue(text: string): string {
  return text.replace(/^(error: unknown option '-[a-z0-9-]*).*'/s, "$1'");
}

function buildProgram({ io, version, startNode }: CliDependencies, finish: Finish): Command {
  const program = new Command('gatehouse')
    .description(about)
    .version(version, '--version', 'Print the version.')
    .helpOption('--help', 'Print this help.')
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(withoutValue(text)),
    });
  addStartCommand(program, io, { version, start: startNode }, finish);
  addTicketCommands(program, io, finish);
  addKeyCommand(program, io);
  addConfigCommands(program, io, finish);
  addConnectCommand(program, io, finish);
  addSessionCommands(program, io, finish);
  addBanCommands(program, io, finish);
  addPushCommand(program, io, finish);
  addPolicyCommands(program, io, finish);
  addNodeCommands(program, io, finish);
  addWebhookCommands(program, io, finish);
  addCompletionCommand(program, io);
  program
    .command('version')
    .description('Print the version.')
    .action(() => io.out(`${version}\n`));
  return program;
}
