import type { NodeAnswer, NodeQuestion, Nodes as NodesPort, NodeStanding } from '../node-port.ts';
import type { Nodes } from './nodes.ts';

/** The nodes of one process: in production the one that there is. */
export class MemoryNodes implements NodesPort {
  readonly #nodes: Nodes;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  all(): Promise<readonly NodeStanding[]> {
    return Promise.resolve(this.#nodes.standings());
  }

  ask(nodeId: string, question: NodeQuestion): Promise<NodeAnswer | undefined> {
    return Promise.resolve(this.#nodes.listener(nodeId)?.node?.asked(question));
  }
}
