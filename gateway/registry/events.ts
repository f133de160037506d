import type { EventKind } from '../../protocol/event-kinds.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { KickType } from '../../protocol/kick-types.ts';

/** What stands for a kind in stored events. A letter never changes its meaning. */
export const eventLetters = {
  login: 'i',
  logout: 'o',
  linkClosed: 'c',
  timedOut: 't',
  kicked: 'k',
  revoked: 'r',
  expired: 'x',
  banned: 'b',
  customStatus: 's',
} as const satisfies Record<EventKind, string>;

/** What every event tells. */
interface EventFacts {
  readonly sdkAppId: number;
  readonly userId: string;
  readonly instanceId: string;
  readonly sessionId: string;
  readonly platform: Platform;
  /** The node that holds, or held, the session. */
  readonly nodeId: string;
  /** Only grows for one user: larger is newer. Unix milliseconds, where those were not taken already. */
  readonly version: number;
  /** The version of the user's event before this one, 0 where none is known: whoever has had that one has missed nothing. */
  readonly previous: number;
  /** Unix milliseconds by the registry's clock. */
  readonly atMs: number;
}

/** Something that happened to one session, as a durable fact in the order of its user. */
export type SessionEvent = EventFacts &
  (
    | {
        readonly kind: 'login';
        /** The registry had lost the session and has it again; nobody has logged in. */
        readonly isRestored: boolean;
        /** The platforms of the sessions that it ended, newest first. */
        readonly kickedPlatforms: readonly Platform[];
      }
    | { readonly kind: 'logout' | 'linkClosed' | 'timedOut' | 'expired' }
    | {
        readonly kind: 'kicked' | 'revoked' | 'banned';
        readonly kickType: KickType;
        /** Of the login that did it; empty when none did. */
        readonly byPlatform: Platform | '';
        readonly byInstanceId: string;
      }
    | {
        readonly kind: 'customStatus';
        /** Empty: it was taken away. */
        readonly customStatus: string;
      }
  );

/** Events of these kinds are kept, by app. An app that is not named has none. */
export type EventWishes = ReadonlyMap<number, readonly EventKind[]>;

/** The events of one app in one partition: they have one order. */
export interface Lot {
  readonly sdkAppId: number;
  readonly partition: number;
}

/** An event with its place in its lot. Places only grow; they are compared by nobody but the registry. */
export interface StoredEvent {
  readonly place: string;
  /** Undefined: of a kind that only a newer gateway knows. */
  readonly event: SessionEvent | undefined;
}

/** What a reader gets: events behind where it was. */
export interface EventBatch {
  /** Where the reader stands before the first of them. */
  readonly from: string;
  readonly events: readonly StoredEvent[];
  /** Events between the last read and these were dropped before anybody read them. */
  readonly hasGap: boolean;
}

/** What a node that tells of events is told. All calls may repeat. */
export interface FeedListener {
  /** There may be news in this partition, and this node is to tell of it. */
  news(partition: number): void;
  /** Another node is to tell of this partition. Resolves when nothing of it is on its way any more. */
  release(partition: number): Promise<void>;
}

/**
 * The events of a deployment, for whoever tells others of them. Each partition is told of by one node at a time. A
 * reader's cursor lies in the registry, so that another node goes on behind it. No call throws for a bug of others:
 * those that return promises reject when the store does not answer.
 */
export interface EventFeed {
  /** The apps whose events are kept. */
  readonly apps: readonly number[];
  readonly partitions: number;
  /** Takes part from now on. */
  join(listener: FeedListener): void;
  /** Until when this node alone tells of a partition, of performance.now(); -Infinity: it does not. */
  heldUntil(partition: number): number;
  /** Begins to read behind the cursor; whoever has read before cannot move it any more. */
  open(lot: Lot, count: number): Promise<OpenLot>;
  /** Events behind a place ('' = the oldest), whoever tells of them. Moves nothing. */
  history(lot: Lot, after: string, count: number): Promise<readonly StoredEvent[]>;
  /** Sets the cursor to just before the first event at or after a time (Unix ms): what follows is told again. */
  rewind(lot: Lot, sinceMs: number): Promise<void>;
  /** Takes part no longer. Whatever was to be told must have been, or is left to others. */
  leave(): Promise<void>;
}

/** A lot as one reader reads it. */
export interface OpenLot extends EventBatch {
  /**
   * Moves the cursor to `done` ('' = leaves it) and gives what lies behind `after`. Undefined: somebody else has
   * opened or rewound the lot since, nothing was moved, and this reader must open it again.
   */
  read(done: string, after: string, count: number): Promise<EventBatch | undefined>;
}
