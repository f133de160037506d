import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import { StoreFault } from './store-fault.ts';

/** Grows with every change of keys or records that an older gateway would misread. */
const dataVersion = 1;

/** The data in Redis was laid out for another number of partitions or by another version: this node must not touch it. */
export class DeploymentMismatchError extends Error {
  override readonly name = 'DeploymentMismatchError';
}

/** How the data in Redis is laid out, and whether that is how this node would lay it out. */
export class Deployment {
  readonly #connections: Connections;
  readonly #keys: Keys;
  /** Why the data in Redis is not that of this deployment; empty when it is. */
  mismatch = '';

  constructor(connections: Connections, keys: Keys) {
    this.#connections = connections;
    this.#keys = keys;
  }

  /**
   * Writes the layout down, or compares it with what the first node wrote. Rejects with DeploymentMismatchError when
   * they differ. The record is the one key without an end: it must outlive all others.
   */
  async claim(): Promise<void> {
    const keys = this.#keys;
    const ours = `version=${dataVersion} partitions=${keys.partitions}`;
    const reply = await this.#connections
      .ask('set', keys.deployment, ours, 'NX', 'GET')
      .catch(tooOld);
    const theirs = reply as string | null;
    if (theirs === null || theirs === ours) {
      this.mismatch = '';
      return;
    }
    this.mismatch =
      `the data under "${keys.deployment}" has ${theirs}, this node is set to ${ours}: ` +
      'use the same settings on every node, or another prefix';
    throw new DeploymentMismatchError(this.mismatch);
  }

  /** Throws StoreFault while the data is another deployment's. */
  mustFit(): void {
    if (this.mismatch !== '') throw new StoreFault(this.mismatch, false);
  }
}

/** Of all commands of a node this one comes first and needs Redis 7.0; an older one only says "syntax error". */
function tooOld(error: unknown): never {
  if (error instanceof Error && error.message.includes('syntax error')) {
    throw new Error('Redis 7.0 or newer (or Valkey) is needed: this server is older', {
      cause: error,
    });
  }
  throw error;
}
