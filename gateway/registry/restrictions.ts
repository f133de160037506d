import type { KickedSession } from './kick.ts';
import type { UserRef } from './user.ts';

/** What a revocation did. */
export interface Revocation {
  /** Unix milliseconds by the registry's clock: tickets issued before are dead. */
  readonly atMs: number;
  /** The sessions it ended, newest first. */
  readonly ended: readonly KickedSession[];
}

/** A user may not log in. */
export interface Ban {
  /** Unix seconds, when it was laid on the user. */
  readonly at: number;
  /** Unix seconds; Infinity = until it is lifted. */
  readonly endsAt: number;
}

/** What a back end has laid on a user, as it holds now. */
export interface Restrictions {
  readonly ban: Ban | undefined;
  /** Unix milliseconds of the last revocation of the user's tickets that is still known. */
  readonly revokedAtMs: number | undefined;
}

/** What a back end may lay on a user. Each call rejects when the store does not answer; then nothing will happen any more. */
export interface RestrictedUsers {
  /**
   * Kills every ticket of the user that was issued before this instant, and ends all sessions as a kick of the type
   * REST does. Of tickets of this very second those die that were used by now (rules REVOKE-1, REVOKE-2).
   */
  revoke(user: UserRef): Promise<Revocation>;
  /**
   * Refuses every login of the user until `endsAt` (Unix seconds; Infinity = until it is lifted), and ends all sessions
   * as kicks of the type banned. Another ban takes the place of an earlier one (rule BAN-1).
   */
  ban(user: UserRef, endsAt: number): Promise<readonly KickedSession[]>;
  /** Lifts a ban. Whether there was one. */
  unban(user: UserRef): Promise<boolean>;
  restrictions(user: UserRef): Promise<Restrictions>;
}
