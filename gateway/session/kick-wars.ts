import type { LoginOutcome } from '../registry/login.ts';
import type { UserRef } from '../registry/user.ts';
import type { Session } from './session.ts';
import { logFields, type Login } from './session-state.ts';

/** A war is over when no login of its user was damped for so long. */
export const warQuietMs = 60_000;
/** Users that are remembered at most; the one who was damped longest ago goes. */
const mostUsers = 10_000;
/** Most lines about wars in one `warQuietMs`: thousands of wars at once are one fault, and the metric counts them. */
const mostLines = 60;

/**
 * The users whose devices fight over a place, as far as this node has seen: those a login of whom was damped of late.
 * A war is told to the operator once, however many logins it costs.
 */
export class KickWars {
  /** Wars that this node has seen begin. */
  begun = 0;
  /** User -> monotonic ms of the last damped login; the longest ago first. */
  readonly #lastMs = new Map<string, number>();
  #lines = 0;
  #linesSinceMs = -Infinity;

  /** A login of `user` was damped. Whether that begins a war which the log has room for. */
  begins(user: UserRef, nowMs: number): boolean {
    this.#forget(nowMs);
    const key = `${user.sdkAppId}:${user.userId}`;
    const isKnown = this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    if (isKnown) return false;
    if (this.#lastMs.size > mostUsers) this.#forgetFirst();
    this.begun++;
    if (nowMs - this.#linesSinceMs >= warQuietMs) {
      this.#linesSinceMs = nowMs;
      this.#lines = 0;
    }
    this.#lines++;
    return this.#lines <= mostLines;
  }

  /** Users at war at `nowMs`. */
  usersAt(nowMs: number): number {
    this.#forget(nowMs);
    return this.#lastMs.size;
  }

  #forget(nowMs: number): void {
    for (const [key, lastMs] of this.#lastMs) {
      if (nowMs - lastMs < warQuietMs) return;
      this.#lastMs.delete(key);
    }
  }

  #forgetFirst(): void {
    for (const key of this.#lastMs.keys()) {
      this.#lastMs.delete(key);
      return;
    }
  }
}

/** Tells the operator of a damped login: a line at `warn` for the first one of a war, `debug` for each. */
export function noteDamped(
  session: Session,
  login: Login,
  { rivals, waitMs }: Extract<LoginOutcome, { readonly kind: 'damped' }>,
): void {
  const { room } = session;
  session.note('login damped', login, { rivals, waitMs });
  if (!room.wars.begins(login, room.clock.monotonicMs())) return;
  const facts = { ...logFields(login), isAutomatic: login.isAutomatic, rivals, waitMs };
  room.logger.warn(facts, 'kick war: devices of this user push one another out, which is slowed');
}

/** The delay a client is told: never shorter than `waitMs`, and spread, so that rivals do not come back at once. */
export function spread(waitMs: number, { policy }: Login): number {
  return waitMs + Math.floor(Math.random() * policy.evictions.refillMs);
}
