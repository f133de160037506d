import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';

/** Everything a command touches outside itself. Data goes to `out`, messages for people to `err`. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Text of a file; throws as `node:fs` does. */
  readonly readFile: (path: string) => string;
  /** Unix seconds. */
  readonly nowS: () => number;
}

/** A reader that has seen enough (`| head`) is no failure of this program. */
function ignoreClosedPipe(error: Error & { readonly code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}

process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);

/** The process itself. */
export const processIo: CliIo = {
  env: process.env,
  hostname: hostname(),
  stdin: process.stdin,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readFile: (path) => readFileSync(path, 'utf8'),
  nowS: () => Math.floor(Date.now() / 1000),
};

/** How a process ends: it did its work; it did not; it was called or configured wrongly; it could not tell. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, unknown: 3 } as const;

/** Sets the exit code of the command that runs. */
export type Finish = (code: number) => void;
