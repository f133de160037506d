import { Readable } from 'node:stream';
import type { CliIo } from '../../gateway/cli/io.ts';
import { runCli } from '../../gateway/cli/program.ts';
import type { Start } from '../../gateway/cli/start-command.ts';

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What `start` was asked to run. */
  readonly started: readonly Start[];
}

/** The world around a command; what is left out is empty. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string | Readable;
  /** Told every piece of standard output as it comes. */
  readonly onOut?: (text: string) => void;
}

/** Unix seconds at which every command of the tests runs. */
export const nowS = 1_800_000_000;

/** Runs one command line in this process. */
export async function run(words: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const { env = {}, files = {}, stdin = '', onOut } = around;
  let [out, err] = ['', ''];
  const started: Start[] = [];
  const io: CliIo = {
    env,
    hostname: 'test-host',
    stdin: typeof stdin === 'string' ? Readable.from([stdin]) : stdin,
    out: (text) => {
      out += text;
      onOut?.(text);
    },
    err: (text) => (err += text),
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return text;
    },
    nowS: () => nowS,
  };
  const startNode = (start: Start): Promise<number> => {
    started.push(start);
    return Promise.resolve(0);
  };
  const code = await runCli(words, { io, version: '1.2.3', startNode });
  return { code, out, err, started };
}
