import type { MachineLimits } from '../measure/machine-limits.ts';

/** Files of a process that are not clients: its own, those of Redis and of operators, and clients that come while others go. */
const spareFiles = 400;
/** However many files it may open: the heap of one process has its bounds too. */
const mostEach = 100_000;
/** Each has a network of source addresses, 127.0.x.0. */
const mostGenerators = 250;
const leastNodes = 2;
/** Of all ports: others use some, and the kernel looks long for the last ones. */
const usablePorts = 0.9;

/** How much is wanted, and of how many processes if that was said. */
export interface ScaleOrder {
  readonly sockets: number;
  readonly sources: number;
  readonly nodes: number | undefined;
  readonly generators: number | undefined;
  /** Generators where one would do. */
  readonly usualGenerators: number;
}

/** How many processes it takes. */
export interface Scale {
  readonly nodes: number;
  readonly generators: number;
}

/** Spreads sockets over processes. A text says what stands against it, and what to do. */
export function scaleOf(order: ScaleOrder, limits: MachineLimits): Scale | string {
  const { sockets, sources, usualGenerators } = order;
  const each = Math.min(mostEach, limits.filesEach - spareFiles);
  if (each < 1) return `a process may open only ${limits.filesEach} files: raise it with ulimit -n`;
  const least = Math.ceil(sockets / each);
  const nodes = order.nodes ?? Math.max(leastNodes, least);
  const generators = order.generators ?? Math.max(usualGenerators, least);
  if (nodes < least || generators < least)
    return `${sockets} sockets need ${least} --nodes and --generators at least: a process may open ${limits.filesEach} files (ulimit -n)`;
  if (generators > mostGenerators)
    return `${sockets} sockets need ${generators} generators, and ${mostGenerators} have addresses: raise the files of a process with ulimit -n`;
  const wantedFiles = 2 * sockets + (nodes + generators) * spareFiles;
  if (wantedFiles > limits.filesLeft)
    return `the system opens only ${limits.filesLeft} files more, and it takes ${wantedFiles}: as root, sysctl -w fs.file-max=N`;
  if (sockets > limits.trackedLeft)
    return `the firewall follows every connection, and only ${limits.trackedLeft} more: as root, sysctl -w net.netfilter.nf_conntrack_max=N`;
  const ports = Math.ceil(sockets / generators / sources);
  if (ports > limits.ports * usablePorts)
    return `each source address would need ${ports} ports of ${limits.ports}: raise --sources, or as root sysctl -w net.ipv4.ip_local_port_range='10000 65000'`;
  return { nodes, generators };
}
