import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { refuse } from '../app-option.ts';
import type { CliIo, Finish } from '../io.ts';
import { repeated } from '../repeated.ts';
import { callAdmin } from './admin-client.ts';
import { addAdminOptions, addressFor, report } from './admin-options.ts';
import { appIdOf, nameOf, userIdOf, userPath, type UserOptions } from './user-options.ts';

interface PushOptions extends UserOptions {
  readonly body: string;
  readonly topic: string;
  readonly sender: string;
  readonly instance?: readonly string[];
  readonly everybody?: boolean;
  readonly id?: string;
}

/** `gatehouse push`. */
export function addPushCommand(program: Command, io: CliIo, finish: Finish): void {
  const push = program
    .command('push')
    .description('Send something to a user who is online, or to everybody of an app.')
    .argument('[user]', 'UserID; left out with --everybody', userIdOf)
    .requiredOption('--app <ID>', 'SDKAppID.', appIdOf)
    .requiredOption('--body <TEXT>', 'What is sent: any text, such as JSON.')
    .option('--topic <NAME>', 'What the body is, in words that clients know.', shortName, 'message')
    .option('--sender <NAME>', 'Who sends.', shortName, 'administrator')
    .addOption(
      new Option('--instance <ID...>', 'Only to these instances of the user.').argParser(
        (value, before: readonly string[] | undefined) => repeated(nameOf(value), before),
      ),
    )
    .addOption(
      new Option('--everybody', 'To everybody online of the app, once a second at most.').conflicts(
        'instance',
      ),
    )
    .option('--id <NAME>', 'Names a push to everybody: the same is sent once in 7 days.', nameOf);
  addAdminOptions(push).action(async (userId: string | undefined, options: PushOptions) => {
    if ((userId === undefined) !== (options.everybody === true))
      return refuse(push, 'to whom? Give a user, or --everybody');
    const address = addressFor(push, options, io);
    const { body, topic, sender, instance, id = randomUUID() } = options;
    const what = { sender, topic, body };
    if (userId === undefined) {
      const path = `/v1/apps/${options.app}/pushes`;
      const answered = await callAdmin(address, 'POST', path, { ...what, id });
      const say = ({ nodes }: { readonly nodes: number }): string =>
        nodes === 0 ? `${id} was sent before\n` : `told ${plural(nodes, 'node')}\n`;
      return finish(report(answered, options, io, say));
    }
    const target = instance === undefined ? {} : { instanceIds: instance };
    const path = userPath(userId, options, 'pushes');
    const answered = await callAdmin(address, 'POST', path, { ...what, ...target });
    const say = ({ sessions }: { readonly sessions: number }): string =>
      `sent to ${plural(sessions, 'session')}\n`;
    finish(report(answered, options, io, say));
  });
}

function shortName(value: string): string {
  if (value.length < 1 || value.length > 64)
    throw new InvalidArgumentError('Give 1 to 64 characters.');
  return value;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
