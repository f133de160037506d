/**
 * Loaded into a measured server with `--import`; the server knows nothing of it. On demand of the parent process it
 * collects garbage and tells what is left, and it records a CPU profile. It ends the server when the parent is gone.
 */
import { writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { setImmediate as turn } from 'node:timers/promises';

/** What the parent asks. */
export type ProbeRequest =
  | { readonly ask: 'collect' }
  | { readonly ask: 'startProfile' }
  | { readonly ask: 'writeProfile'; readonly file: string };

/** What it is told; bytes. */
export interface ProbeAnswer {
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
}

const inspector = new Session();
inspector.connect();

/**
 * The collection that V8 does when it is told that memory is short: unlike `gc()` it also gives the pages of the
 * young generation back, whose size after a burst depends on luck. Twice, for what finalizers have freed.
 */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    inspector.post('HeapProfiler.collectGarbage');
    await turn();
  }
}

function startProfile(): Promise<void> {
  inspector.post('Profiler.enable');
  inspector.post('Profiler.setSamplingInterval', { interval: 200 });
  return new Promise((resolve) => inspector.post('Profiler.start', () => resolve()));
}

async function writeProfile(file: string): Promise<void> {
  const profile = await new Promise<Profiler.Profile>((resolve, reject) => {
    inspector.post('Profiler.stop', (error, result) =>
      error === null ? resolve(result.profile) : reject(error),
    );
  });
  writeFileSync(file, JSON.stringify(profile));
}

async function serve(request: ProbeRequest): Promise<void> {
  if (request.ask === 'collect') await collectGarbage();
  else if (request.ask === 'startProfile') await startProfile();
  else await writeProfile(request.file);
  const { heapUsed, external } = process.memoryUsage();
  const answer: ProbeAnswer = { heapUsedBytes: heapUsed, externalBytes: external };
  process.send?.(answer);
}

process.on('message', (request: ProbeRequest) => void serve(request));
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Only the server's own affairs keep it running.
process.channel?.unref();
