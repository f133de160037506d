import { InvalidArgumentError, type Command } from 'commander';
import type { CliIo, Finish } from './io.ts';
import { repeated } from './repeated.ts';

interface ConnectOptions {
  readonly frame?: readonly string[];
  readonly origin?: string;
  readonly timeout?: number;
  readonly exitAfter?: number;
}

const helpText = `
Frames are JSON arrays, [type, seq, ...fields]; PROTOCOL.md lists them. Each frame that arrives is one line on
standard output. The end of the connection is told on standard error.

Exit code: 0 when --exit-after frames have come, when the gateway closed the connection or when the timeout was the
only end asked for; 1 when there was no connection, or it ended before --exit-after frames had come.

A ticket in --frame can be seen in the process list (ps); send real ones through standard input.`;

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('Give a number above 0.');
  return number;
}

/** `gatehouse connect URL`. */
export function addConnectCommand(program: Command, io: CliIo, finish: Finish): void {
  program
    .command('connect')
    .description(
      'Speak with a gateway in JSON frames: those of --frame, then the lines typed or piped in.',
    )
    .argument('<url>', 'ws:// or wss:// address of the gateway')
    .option('--frame <JSON>', 'Frame to send once connected; may be repeated.', repeated)
    .option('--exit-after <N>', 'End after so many received frames.', positive)
    .option('--timeout <SECONDS>', 'End after so long.', positive)
    .option('--origin <ORIGIN>', 'Send this Origin header, as a browser would.')
    .addHelpText('after', helpText)
    .action(async (url: string, options: ConnectOptions) => {
      const { frame = [], ...rest } = options;
      // With it come the WebSocket and the frames, which no other command needs.
      const { connect } = await import('./connect.ts');
      finish(await connect({ url, frames: frame, ...rest }, io));
    });
}
