import type { UserRef } from './user.ts';

/** What is pushed. */
export interface PushContent {
  /** Who sends: a UserID, or what the back end calls itself. */
  readonly sender: string;
  /** What the body is, in words of sender and receiver. */
  readonly topic: string;
  readonly body: string;
}

/** Whom of a user a push is for: all sessions, or those of some instances. */
export type PushTarget = 'all' | { readonly instanceIds: readonly string[] };

/** A push as its receivers get it. */
export interface Push extends PushContent {
  /** Microseconds by the registry's clock. Orders the pushes of one user. */
  readonly number: number;
}

/** What became of a push to a user. */
export interface PushReceipt {
  readonly number: number;
  /**
   * The sessions it was sent to: those that are registered, the ones included whose link was lost a moment ago or whose
   * node has died and was not swept yet.
   */
  readonly sessions: number;
}

/** A push to everybody that may be sent only so often; the same `id` names the same push. */
export interface PushTask {
  readonly id: string;
  /** Seconds for which the id is known. */
  readonly knownS: number;
  /** Seconds that lie between two of one app at least. */
  readonly gapS: number;
  /** Most of one app in a day, by UTC. */
  readonly perDay: number;
}

/** What became of a push to everybody. */
export type BroadcastOutcome =
  /** So many nodes have been told. Each tells its own sessions by and by. */
  | { readonly kind: 'sent'; readonly number: number; readonly nodes: number }
  /** A task of the same id was sent before, with this number: nothing was done. */
  | { readonly kind: 'known'; readonly number: number }
  /** Nothing was done. */
  | { readonly kind: 'tooSoon' | 'tooMany' };

/** Which pushes to users are kept for clients that come back (rule PUSH-6). */
export interface PushKeeping {
  /** Seconds, at least and at most twice as long; 0: none are. */
  readonly keepS: number;
  /** Most of one user; the oldest goes. */
  readonly count: number;
  /** Most bytes of one user, as JSON; the oldest goes. */
  readonly bytes: number;
}

/** Nothing is kept, and nothing written. */
export const keepsNothing: PushKeeping = { keepS: 0, count: 0, bytes: 0 };

/** Between the pushes that were sent before the login of this epoch and those after it; epochs are milliseconds, at least. */
export function pushNumberAt(epoch: number): number {
  return epoch * 1000 + 999;
}

/** One installed client of a user. */
export interface InstanceRef extends UserRef {
  readonly instanceId: string;
}

/** What nodes carry to sessions. Each call rejects when the store does not answer; then nothing will happen any more. */
export interface Pushes {
  /** Sends to all sessions of a user, or to those of some instances (rule PUSH-1). */
  toUser(user: UserRef, content: PushContent, target: PushTarget): Promise<PushReceipt>;
  /** Sends to everybody online of an app (rule PUSH-5). */
  toEverybody(sdkAppId: number, content: PushContent, task: PushTask): Promise<BroadcastOutcome>;
  /**
   * The pushes to an instance behind number `after` that are still kept, in order. Where its session is registered every one
   * it lacks is among them, or is told to its node.
   */
  missed(instance: InstanceRef, after: number): Promise<readonly Push[]>;
}

/** What the registry tells a node of pushes. */
export interface PushListener {
  /** For these sessions of this node and no others. One that is gone already gets nothing, and neither does a successor. */
  pushed(sessionIds: readonly string[], push: Push): void;
  /** For every session of the app on this node. */
  pushedToEverybody(sdkAppId: number, push: Push): void;
}
