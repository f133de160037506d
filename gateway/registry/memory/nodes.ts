import type { NodeStanding } from '../node-port.ts';
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

  /** Sessions of an app on all nodes, and logins under way. */
  sessionsOf(sdkAppId: number): number {
    let sessions = 0;
    for (const { held } of this.#listeners.values()) {
      sessions += held.countByApp.get(sdkAppId) ?? 0;
    }
    return sessions;
  }

  /** How they are; nobody's lease ends. */
  standings(): readonly NodeStanding[] {
    return [...this.#listeners].map(([nodeId, { node }]) => ({
      nodeId,
      leaseLeftMs: Infinity,
      load: node?.load(),
    }));
  }

  /** Tells every node; how many there are. */
  tellAll(message: (listener: RegistryListener) => void): number {
    for (const nodeId of this.#listeners.keys()) this.tell(nodeId, message);
    return this.#listeners.size;
  }

  /** Tells a node that is still here by then. */
  tell(nodeId: string, message: (listener: RegistryListener) => void): void {
    setImmediate(() => {
      const listener = this.#listeners.get(nodeId);
      if (listener !== undefined) message(listener);
    });
  }
}
