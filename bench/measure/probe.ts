/**
 * Loaded into a measured server with `--import`; the server knows nothing of it. On demand of the parent process it
 * collects garbage and tells what is left, and it records a CPU profile. It ends the server when the parent is gone.
 */
import { writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

/** What the parent asks. */
export type ProbeRequest =
  | { readonly ask: 'collect' }
  | { readonly ask: 'startProfile' }
  /** From here on the delay of the event loop is watched. */
  | { readonly ask: 'watchLoop' }
  | { readonly ask: 'readLoop' }
  | { readonly ask: 'writeProfile'; readonly file: string };

/** What it is told; bytes, and the delay since `watchLoop` in milliseconds. */
export interface ProbeAnswer {
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
}

const loopResolutionMs = 10;
const nsPerMs = 1e6;
const loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
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

/** What Node counts is the time from one look to the next. */
function delayMs(ns: number): number {
  return Math.max(0, ns / nsPerMs - loopResolutionMs);
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
  else if (request.ask === 'writeProfile') await writeProfile(request.file);
  else if (request.ask === 'watchLoop') loopDelay.enable();
  const { heapUsed, external } = process.memoryUsage();
  const answer: ProbeAnswer = {
    heapUsedBytes: heapUsed,
    externalBytes: external,
    loopDelayP99Ms: delayMs(loopDelay.percentile(99)),
    loopDelayMaxMs: delayMs(loopDelay.max),
  };
  process.send?.(answer);
}

process.on('message', (request: ProbeRequest) => void serve(request));
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Only the server's own affairs keep it running.
process.channel?.unref();
