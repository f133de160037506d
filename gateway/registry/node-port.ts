import type { PolicyStanding } from './policy-port.ts';

/** How a node is, as it tells the others with each beat. */
export interface NodeLoad {
  /** Of the gateway. */
  readonly version: string;
  /** The socket back end in use. */
  readonly transport: string;
  /** Unix seconds. */
  readonly startedAt: number;
  /** Whether it leaves service. */
  readonly isDraining: boolean;
  /** Logins it holds, lost links included. */
  readonly sessions: number;
  /** Open connections. */
  readonly connections: number;
  /** How late its event loop turned since it told this last, in ms: 99 turns of 100 were no later. */
  readonly loopDelayMs: number;
}

/** A node as the registry knows it. */
export interface NodeStanding {
  readonly nodeId: string;
  /** What is left of its lease; 0 when it has run out and others sweep it, Infinity where nobody would. */
  readonly leaseLeftMs: number;
  /** What it told last; undefined when it never did, as older versions do not. */
  readonly load: NodeLoad | undefined;
}

/** The link of a session, as the node that holds it knows it. */
export interface SessionLink {
  readonly sessionId: string;
  /** `expired`: the ticket has ended and the grace time runs. `lost`: it is held without a link. */
  readonly state: 'online' | 'expired' | 'lost';
  /** The client's address, or the last one it had. */
  readonly address: string;
}

/** What one node may ask another: for the links of sessions, how far it is with the policy of an app, or to leave service. */
export type NodeQuestion =
  | { readonly kind: 'links'; readonly sessionIds: readonly string[] }
  | { readonly kind: 'policy'; readonly sdkAppId: number }
  | { readonly kind: 'drain' };

/** What it answers: the links of those it holds, how far it is, or that it leaves. */
export type NodeAnswer =
  | { readonly kind: 'links'; readonly links: readonly SessionLink[] }
  | ({ readonly kind: 'policy' } & PolicyStanding)
  | { readonly kind: 'draining' };

/** What others may see and ask of a node. */
export interface NodeSelf {
  load(): NodeLoad;
  /**
   * Must not fail; what takes time begins after the answer. Undefined for what it does not understand: a newer node may
   * ask more.
   */
  asked(question: NodeQuestion): NodeAnswer | undefined;
}

/** The nodes of a deployment. Each call rejects when the store does not answer. */
export interface Nodes {
  /** Every node that has a lease, or had one and has not been swept to the end, by nodeId. */
  all(): Promise<readonly NodeStanding[]>;
  /**
   * Asks a node something. Undefined: it did not answer within the command time-out, and may have done what it was
   * asked to all the same.
   */
  ask(nodeId: string, question: NodeQuestion): Promise<NodeAnswer | undefined>;
}
