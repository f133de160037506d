import { readCpuUs, readMachineCpuUs } from '../measure/process-cpu.ts';
import type { MeasuredProcess } from '../measure/measured-process.ts';
import type { Site } from '../site/site.ts';

/** CPU times in microseconds, at one moment. */
export interface CpuReading {
  readonly atMs: number;
  /** Of each gateway; null for one that has ended. */
  readonly gatewaysUs: readonly (number | null)[];
  readonly redisUs: number;
  readonly machineUs: number;
}

/** What all have used so far. */
export function readSiteCpu({ nodes, redis }: Site): CpuReading {
  return {
    atMs: performance.now(),
    gatewaysUs: nodes.map((node) => readingOf(node, ({ cpuUs }) => cpuUs)),
    redisUs: redis === undefined ? 0 : readCpuUs(redis.pid),
    machineUs: readMachineCpuUs(),
  };
}

/** CPU time of the gateways from one reading to a later one; one that ended between them is left out. */
export function gatewaysUsedUs(before: CpuReading, after: CpuReading): number {
  return after.gatewaysUs.reduce<number>((sum, us, i) => {
    const was = before.gatewaysUs[i] ?? null;
    return us === null || was === null ? sum : sum + us - was;
  }, 0);
}

/** Resident memory of all gateways that still run, in bytes. */
export function readSiteRss({ nodes }: Site): number {
  return nodes.reduce((sum, node) => sum + (readingOf(node, ({ rssBytes }) => rssBytes) ?? 0), 0);
}

/** What the operating system says of a gateway; null of one that has ended, even if this process has not heard of it yet. */
function readingOf(node: MeasuredProcess, read: (node: MeasuredProcess) => number): number | null {
  if (!node.isRunning) return null;
  try {
    return read(node);
  } catch {
    return null;
  }
}

/** Commands that our own Redis has run, those inside scripts too; null without one. */
export async function readCommands({ redis }: Site): Promise<number | null> {
  if (redis === undefined) return null;
  const text = await redis.cli('INFO', 'commandstats');
  const calls = [...text.matchAll(/^cmdstat_\S+?:calls=(\d+)/gm)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}
