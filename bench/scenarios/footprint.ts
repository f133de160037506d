import { readMachineMemory, readPssBytes } from '../measure/machine-memory.ts';
import { readSiteRss } from './readings.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** Who holds how much memory at one moment, in bytes. */
export interface Footprint {
  /** Resident, what they share counted at each. */
  readonly gatewayRssBytes: number;
  readonly gatewayHeapBytes: number;
  /** What processes share is counted once in these. */
  readonly gatewayBytes: number;
  readonly generatorBytes: number;
  readonly redisBytes: number;
  readonly availableBytes: number;
  readonly kernelBytes: number;
  readonly slabBytes: number;
  readonly tcpBufferBytes: number;
}

/** Takes stock, after the gateways have collected their garbage; seconds with many processes. */
export async function footprintOf({ site, clients }: ScenarioRun): Promise<Footprint> {
  let gatewayHeapBytes = 0;
  for (const node of site.nodes) {
    const { heapUsedBytes, externalBytes } = await node.collect();
    gatewayHeapBytes += heapUsedBytes + externalBytes;
  }
  return {
    gatewayHeapBytes,
    gatewayRssBytes: readSiteRss(site),
    gatewayBytes: pssOf(site.nodes.map(({ pid }) => pid)),
    generatorBytes: pssOf(clients.pids),
    redisBytes: site.redis === undefined ? 0 : readPssBytes(site.redis.pid),
    ...readMachineMemory(),
  };
}

function pssOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readPssBytes(pid), 0);
}
