import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';

/** Grows with every change of keys or records that an older gateway would misread. */
const dataVersion = 1;

/** The data in Redis was laid out for another number of partitions or by another version: this node must not touch it. */
export class DeploymentMismatchError extends Error {
  override readonly name = 'DeploymentMismatchError';
}

/**
 * Writes down how this deployment's data is laid out, or compares with what the first node wrote. Rejects with
 * DeploymentMismatchError when they differ. The record is the one key without an end: it must outlive all others.
 */
export async function claimDeployment(connections: Connections, keys: Keys): Promise<void> {
  const ours = `version=${dataVersion} partitions=${keys.partitions}`;
  const reply = await connections.ask('set', keys.deployment, ours, 'NX', 'GET').catch(tooOld);
  const theirs = reply as string | null;
  if (theirs === null || theirs === ours) return;
  throw new DeploymentMismatchError(
    `the data under "${keys.deployment}" has ${theirs}, this node is set to ${ours}: ` +
      'use the same settings on every node, or another prefix',
  );
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
