import { readFileSync } from 'node:fs';

/** What the system lets programs have. */
export interface MachineLimits {
  /** Files that one process may open; a socket is one. */
  readonly filesEach: number;
  /** Files that all may open besides those that are open. */
  readonly filesLeft: number;
  /** Ports that one address may connect from. */
  readonly ports: number;
  /** Connections that the firewall can still follow; infinite where it follows none. */
  readonly trackedLeft: number;
}

export function readMachineLimits(): MachineLimits {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  // Node raises the soft limit to this one when it starts.
  const filesEach = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  const [open = 0, , most = Infinity] = numbers('/proc/sys/fs/file-nr');
  const [first = 32_768, last = 60_999] = numbers('/proc/sys/net/ipv4/ip_local_port_range');
  return { filesEach, filesLeft: most - open, ports: last - first + 1, trackedLeft: trackedLeft() };
}

function trackedLeft(): number {
  try {
    const [count = 0] = numbers('/proc/sys/net/netfilter/nf_conntrack_count');
    const [most = Infinity] = numbers('/proc/sys/net/netfilter/nf_conntrack_max');
    // A system that follows connections follows that of whoever started this one, or of Redis.
    return count === 0 ? Infinity : most - count;
  } catch {
    return Infinity;
  }
}

function numbers(file: string): number[] {
  return readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
}
