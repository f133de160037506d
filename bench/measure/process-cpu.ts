import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Clock ticks a second in `/proc/<pid>/stat`: fixed at 100 for programs on Linux, whatever the kernel counts by. */
const ticksPerSecond = 100;

/**
 * CPU time that a process has used so far, in microseconds: user and system, all of its threads. From the
 * scheduler's own account where the kernel keeps one (nanoseconds), else from `/proc/<pid>/stat` (10 ms). Throws
 * when there is no such process, or no /proc.
 */
export function readCpuUs(pid: number): number {
  try {
    return scheduledUs(pid);
  } catch {
    return tickedUs(pid);
  }
}

function scheduledUs(pid: number): number {
  let totalUs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const account = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    totalUs += Number(account.slice(0, account.indexOf(' '))) / 1000;
  }
  return totalUs;
}

function tickedUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** The processes that a process has started, and those that they have. */
export function readDescendants(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '),
  );
  return children
    .filter((text) => text !== '')
    .flatMap((text) => [Number(text), ...readDescendants(Number(text))]);
}

/** Resident memory of a process in bytes, as the operating system counts it. */
export function readRssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kilobytes) * 1024;
}

/** CPU time that all processes of the machine have used so far, the kernel's own included; microseconds. */
export function readMachineCpuUs(): number {
  const busyMs = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busyMs.reduce((sum, it) => sum + it, 0) * 1000;
}
