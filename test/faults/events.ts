import type { KickType } from '../../protocol/kick-types.ts';
import type { Platform } from '../../protocol/platforms.ts';

/** The promises that a history is held against; numbers as in the README beside this file. */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11';

/** What a client saw. `login` is the number of one login attempt, unique in a log. */
export type ClientEvent =
  /** A login frame has left. */
  | {
      readonly kind: 'sent';
      readonly login: number;
      readonly userId: string;
      readonly instanceId: string;
      readonly platform: Platform;
      readonly automatic: boolean;
      /** Name of the node it was sent to. */
      readonly node: string;
    }
  | { readonly kind: 'acked'; readonly login: number; readonly sessionId: string }
  | {
      readonly kind: 'refused';
      readonly login: number;
      readonly code: number;
      readonly retryAfterMs: number;
    }
  /** A `kicked` frame. */
  | {
      readonly kind: 'kicked';
      readonly login: number;
      readonly kickType: KickType;
      readonly byInstanceId: string;
      readonly byPlatform: Platform | '';
    }
  | { readonly kind: 'expiring'; readonly login: number }
  /** A `ticketExpired` frame, so long after the end of the ticket by the clock of this machine. */
  | { readonly kind: 'expired'; readonly login: number; readonly lateMs: number }
  | { readonly kind: 'renewed'; readonly login: number }
  | { readonly kind: 'renewalRefused'; readonly login: number; readonly code: number }
  /** A logout has left: from here on it is the client's wish that the session ends. */
  | { readonly kind: 'leaving'; readonly login: number }
  | { readonly kind: 'loggedOut'; readonly login: number }
  | { readonly kind: 'goingAway'; readonly login: number; readonly reconnectAfterMs: number }
  /** The connection is over; `byUs`: the client ended it. 1006: without a close frame. */
  | {
      readonly kind: 'closed';
      readonly login: number;
      readonly code: number;
      readonly byUs: boolean;
    };

/** What befell a node. */
export type NodeEvent =
  | { readonly kind: 'nodeStarted'; readonly node: string; readonly nodeId: string }
  /** The bench ended it. */
  | { readonly kind: 'nodeKilled'; readonly node: string }
  /** Its process is gone; `wanted`: the bench ended it, or told it to leave. */
  | {
      readonly kind: 'nodeGone';
      readonly node: string;
      readonly with: number | string;
      readonly wanted: boolean;
    }
  /** A line of its log. */
  | {
      readonly kind: 'nodeSaid';
      readonly node: string;
      readonly level: string;
      readonly line: Readonly<Record<string, unknown>>;
    };

/** What the bench did. */
export type BenchEvent =
  /** A story does harm; `what` in words. */
  | { readonly kind: 'fault'; readonly what: string }
  /** The back end asks for a revocation of this user's tickets. */
  | { readonly kind: 'revoking'; readonly userId: string }
  /** And has been told that they are dead. */
  | { readonly kind: 'revoked'; readonly userId: string }
  /** The last harm is over: bounds count from here. */
  | { readonly kind: 'healed' }
  /** A story saw something that must not be. */
  | { readonly kind: 'wrong'; readonly invariant: Invariant; readonly text: string }
  /** The registry and the clients agree. */
  | { readonly kind: 'settled' };

/** Anything that is written down. */
export type FaultEvent = ClientEvent | NodeEvent | BenchEvent;

/** An event with its time: nanoseconds of this process's monotonic clock, so all clients and nodes compare. */
export type Stamped<E extends FaultEvent = FaultEvent> = E & { readonly atNs: number };
