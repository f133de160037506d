import { Option, type Command } from 'commander';
import { refuse } from '../app-option.ts';
import type { CliIo, Finish } from '../io.ts';
import { callAdmin } from './admin-client.ts';
import { addAdminOptions, addressFor, report, type AdminOptions } from './admin-options.ts';
import { timeText } from './text-table.ts';
import { appIdOf, momentS, spanS } from './user-options.ts';

interface ReplayOptions extends AdminOptions {
  readonly app: number;
  readonly last?: number;
  readonly since?: number;
}

/** `gatehouse webhooks replay`. */
export function addWebhookCommands(program: Command, io: CliIo, finish: Finish): void {
  const webhooks = program.command('webhooks').description('What back ends are told.');
  const replay = addAdminOptions(
    webhooks
      .command('replay')
      .description("Tell an app's back end again of all that is kept from a time on.")
      .requiredOption('--app <ID>', 'SDKAppID.', appIdOf)
      .addOption(
        new Option('--last <TIME>', 'Of the time until now: 90s, 30m, 12h, 7d.').argParser(spanS),
      )
      .addOption(
        new Option('--since <MOMENT>', 'From then on: 2030-01-31, or 2030-01-31T12:00:00Z.')
          .argParser(momentS)
          .conflicts('last'),
      ),
  );
  replay.action(async (options: ReplayOptions) => {
    const since = options.last === undefined ? options.since : io.nowS() - options.last;
    if (since === undefined) return refuse(replay, 'from when on? Give --last or --since');
    const address = addressFor(replay, options, io);
    const path = `/v1/apps/${options.app}/webhooks/replay`;
    const answered = await callAdmin(address, 'POST', path, { since });
    finish(
      report(
        answered,
        options,
        io,
        () => `told again is what is kept from ${timeText(since)} on\n`,
      ),
    );
  });
}
