import { exitCodes } from './report/outputs.ts';

type Finish = () => void;

let finish: Finish | undefined;

/** From now on Ctrl-C does `what` before it ends the process with 130: it writes what was measured so far, and must not wait. */
export function onInterruption(what: Finish | undefined): void {
  finish = what;
}

/** Servers and generators end with this process; a redis-server is ended by the listener of its own for `exit`. */
export function listenForSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      try {
        if (finish === undefined)
          process.stderr.write('\nbench: interrupted before anything was measured\n');
        else finish();
      } finally {
        process.exit(exitCodes.interrupted);
      }
    });
  }
}
