import type { Platform } from '../../protocol/platforms.ts';
import type { LoginPolicy } from '../policy/login-policy.ts';
import type { Kick } from './kick.ts';
import type { SessionRef } from './session-record.ts';

/** What the registry goes by of a ticket: when it ends, and whether it was revoked (rule REVOKE-1). */
export interface TicketFacts {
  /** Unix seconds; the record may be forgotten some time after it. */
  readonly ticketEndsAt: number;
  /** Unix seconds, by the clock of whoever made the ticket. */
  readonly ticketIssuedAt: number;
  /** Tells it from other tickets of the same second, and opens no door: a few characters without spaces or commas. */
  readonly ticketFingerprint: string;
}

/** What a login asks of the registry. */
export interface LoginRequest extends SessionRef, TicketFacts {
  readonly platform: Platform;
  /** Refuse the login when this instance was kicked since its last one (rule KICK-6). */
  readonly refuseIfKicked: boolean;
  /** Sent by the client by itself, not because its application asked: it is damped earlier (rule KICK-8). */
  readonly isAutomatic: boolean;
  /** As the configuration has it; one that was set at run time goes before it (see policy-port.ts). */
  readonly policy: LoginPolicy;
}

/** A session that stays because the login that would have ended it was damped. */
export interface Rival {
  readonly instanceId: string;
  readonly platform: Platform;
}

/** What became of a login. Refusals are values, never exceptions. */
export type LoginOutcome =
  /** It holds. `epoch` orders the logins of one user; larger is newer. */
  | { readonly kind: 'registered'; readonly epoch: number }
  /** The instance was kicked while it was away, or this very session was, before its answer came. */
  | { readonly kind: 'kicked'; readonly kick: Kick }
  /** The user may not log in; until when in Unix seconds, Infinity = until the ban is lifted (rule BAN-1). */
  | { readonly kind: 'banned'; readonly endsAt: number }
  /** The ticket was issued before a revocation at `at`, in Unix seconds by the registry's clock (rule REVOKE-1). */
  | { readonly kind: 'revoked'; readonly at: number }
  /** The same instance has logged in elsewhere since this request was sent. */
  | { readonly kind: 'replaced' }
  /**
   * It would have pushed out `rivals`, and the user's devices have done that too often of late (rule KICK-8). Nothing
   * was changed; after `waitMs` one such login may go ahead.
   */
  | { readonly kind: 'damped'; readonly rivals: readonly Rival[]; readonly waitMs: number }
  /** The registry did not answer, or refused for a reason that will pass; the outcome is unknown. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number };
