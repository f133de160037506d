import type { Command } from 'commander';
import { developmentSource, type Config } from '../config/config.ts';
import { addConfigOptions, loadFrom, reportProblems } from './config-options.ts';
import { exitCodes, type CliIo, type Finish } from './io.ts';

/** What `start` hands over to the process. */
export interface Start {
  readonly config: Config;
  /** What is allowed but worth a line in the log. */
  readonly warnings: readonly string[];
  readonly version: string;
  /** Whether the app is the one development mode made, and not the operator's own. */
  readonly isSampleApp: boolean;
  /** The key for /v1 that development mode has made for this start, if it has. */
  readonly madeAdminKey: string | undefined;
}

/** Runs a node until it has stopped; the result is the exit code. */
export type StartNode = (start: Start) => Promise<number>;

/** `gatehouse start`. */
export function addStartCommand(
  program: Command,
  io: CliIo,
  node: { readonly version: string; readonly start: StartNode },
  finish: Finish,
): void {
  const command = program
    .command('start')
    .description('Run a gateway node until it gets SIGTERM or SIGINT.');
  addConfigOptions(command).action(async () => {
    const loaded = loadFrom(command, io);
    if (!loaded.ok) {
      reportProblems(loaded.problems, io);
      finish(exitCodes.usage);
      return;
    }
    const { config, warnings, sources, madeAdminKey } = loaded;
    const isSampleApp = sources.get('apps') === developmentSource;
    const { version } = node;
    finish(await node.start({ config, warnings, version, isSampleApp, madeAdminKey }));
  });
}
