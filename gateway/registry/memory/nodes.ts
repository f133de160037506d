import type { RegistryListener } from '../port.ts';

/** The nodes of one process that share a store. What they are told leaves the store's step, in order. */
export class Nodes {
  readonly #listeners = new Map<string, RegistryListener>();

  join(nodeId: string, listener: RegistryListener): void {
    this.#listeners.set(nodeId, listener);
  }

  leave(nodeId: string): void {
    this.#listeners.delete(nodeId);
  }

  listener(nodeId: string): RegistryListener | undefined {
    return this.#listeners.get(nodeId);
  }

  /** Tells a node that is still here by then. */
  tell(nodeId: string, message: (listener: RegistryListener) => void): void {
    setImmediate(() => {
      const listener = this.#listeners.get(nodeId);
      if (listener !== undefined) message(listener);
    });
  }
}
