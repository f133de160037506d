import { readFileSync } from 'node:fs';
import { readRssBytes } from './process-cpu.ts';

const pageBytes = 4096;

/** How the memory of the machine stands, in bytes. */
export interface MachineMemory {
  /** What programs may still take without swapping, as the kernel reckons it. */
  readonly availableBytes: number;
  /** All that is neither free, nor a program's, nor a file's: sockets and what is under way in them, page tables, stacks. */
  readonly kernelBytes: number;
  /** The kernel's own objects: sockets, files, their names. */
  readonly slabBytes: number;
  /** Bytes under way in TCP sockets. */
  readonly tcpBufferBytes: number;
}

export function readMachineMemory(): MachineMemory {
  const info = readFileSync('/proc/meminfo', 'utf8');
  const sockets = readFileSync('/proc/net/sockstat', 'utf8');
  const bytes = (name: string): number => kilobytes(info, name) * 1024;
  const others = ['MemFree', 'Buffers', 'Cached', 'SwapCached', 'AnonPages'];
  return {
    availableBytes: bytes('MemAvailable'),
    kernelBytes: others.reduce((rest, name) => rest - bytes(name), bytes('MemTotal')),
    slabBytes: bytes('Slab'),
    tcpBufferBytes: Number(/^TCP:.* mem (\d+)/m.exec(sockets)?.[1] ?? 0) * pageBytes,
  };
}

/** Memory of a process in bytes: its own, and its part of what it shares with others (PSS). */
export function readPssBytes(pid: number): number {
  try {
    return kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') * 1024;
  } catch {
    return readRssBytes(pid);
  }
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}
