import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeFlameGraph } from '../report/write-flame-graph.ts';
import type { MeasuredProcess } from './measured-process.ts';

/** CPU profiles of all gateways of a measurement, each with its flame graph. */
export class NodeProfiles {
  readonly #nodes: readonly MeasuredProcess[];
  readonly #folder: string;
  readonly #cpuBefore: number[] = [];

  /** Makes the folder if it is not there. */
  constructor(nodes: readonly MeasuredProcess[], folder: string) {
    this.#nodes = nodes;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  async start(): Promise<void> {
    for (const node of this.#nodes) {
      await node.startProfile();
      this.#cpuBefore.push(node.cpuUs);
    }
  }

  /** Writes those of the nodes that still run; `operations` were done by all of them together. */
  async write(title: string, operations: number): Promise<void> {
    for (const [i, node] of this.#nodes.entries()) {
      if (!node.isRunning) continue;
      const cpuUs = node.cpuUs - (this.#cpuBefore[i] ?? 0);
      const file = path.join(this.#folder, `node-${i + 1}.cpuprofile`);
      await node.writeProfile(file);
      writeFlameGraph(file, { title: `${title}, node ${i + 1}`, operations, cpuUs });
    }
  }
}
