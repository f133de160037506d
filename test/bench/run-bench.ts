import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));
/** How long a test waits for one bench. */
export const patienceMs = 90_000;

/** What a command line of the bench left behind. */
export interface BenchEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of the built bench to its end. */
export function bench(...words: readonly string[]): BenchEnd {
  return spawnSync(process.execPath, [main, ...words], { encoding: 'utf8', timeout: patienceMs });
}

/** One that runs; `said` is what it has written to standard error. */
export interface RunningBench {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<BenchEnd>;
}

/** Starts one that a test does something to meanwhile. */
export function startBench(...words: readonly string[]): RunningBench {
  return startBenchIn({}, ...words);
}

/** The same with more in its environment. */
export function startBenchIn(
  more: Readonly<Record<string, string>>,
  ...words: readonly string[]
): RunningBench {
  const env = { ...process.env, ...more };
  const child = spawn(process.execPath, [main, ...words], { timeout: patienceMs, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<BenchEnd>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, said: () => stderr, ended };
}
