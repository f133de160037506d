import { randomBytes } from 'node:crypto';

/** Who this process is: a name an operator knows, and an incarnation that no other start ever has. */
export interface NodeId {
  /** Name and incarnation together, as records in the registry carry it. */
  readonly nodeId: string;
  /** Begins every sessionId of this start. */
  readonly incarnation: string;
}

/**
 * Makes the identity of a start. A node that came back under its old identity would keep records alive that
 * its former life left behind.
 */
export function newNodeId(name: string): NodeId {
  const incarnation = BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0');
  return { nodeId: `${name}-${incarnation}`, incarnation };
}
