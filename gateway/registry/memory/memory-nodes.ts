import type { NodeAnswer, NodeQuestion, Nodes, NodeStanding } from '../node-port.ts';
import type { MemoryStore } from './memory-store.ts';

/** The nodes of one process: in production the one that there is. */
export class MemoryNodes implements Nodes {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  all(): Promise<readonly NodeStanding[]> {
    return Promise.resolve(this.#store.nodes());
  }

  ask(nodeId: string, question: NodeQuestion): Promise<NodeAnswer | undefined> {
    return Promise.resolve(this.#store.askNode(nodeId, question));
  }
}
