/** How a node is, as /readyz tells it. */
export interface Health {
  /** Whether new clients may be sent here. */
  readonly ready: boolean;
  /** Why not, in words for an operator; empty when ready. */
  readonly reasons: readonly string[];
  /** The socket back end in use: `uws` or `ws`. */
  readonly transport: string;
  readonly registry: {
    /** `memory` or `redis`. */
    readonly kind: string;
    readonly ready: boolean;
    /** Whether sessions are being compared with the registry, or will be, because notifications may have been missed. */
    readonly auditing: boolean;
  };
}
