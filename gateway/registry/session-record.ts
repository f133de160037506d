import type { Platform } from '../../protocol/platforms.ts';
import type { UserRef } from './user.ts';

/** One session and nothing else: a later session of the same instance has another sessionId. */
export interface SessionRef extends UserRef {
  readonly instanceId: string;
  readonly sessionId: string;
}

/** One live session as the registry holds it. */
export interface SessionRecord {
  readonly instanceId: string;
  readonly sessionId: string;
  readonly nodeId: string;
  readonly platform: Platform;
  readonly epoch: number;
  /** Unix seconds. */
  readonly ticketEndsAt: number;
}

/**
 * How a session ended. After `lost` and `timedOut` its instance is away and may come back (see docs/decisions/009).
 */
export type Ending =
  /** The user left. */
  | 'left'
  /** The gateway closed the connection for good. */
  | 'closed'
  /** The ticket ended and was not renewed in time. */
  | 'expired'
  /** The link was lost, and its hold is over. */
  | 'lost'
  /** The same; the link had gone silent. */
  | 'timedOut';

/** Whether the instance of a session that ended so is away and may come back. */
export function isAway(ending: Ending): boolean {
  return ending === 'lost' || ending === 'timedOut';
}
