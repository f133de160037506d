/**
 * How often the logins of one user may push out sessions: a bucket of tokens for each user, one token for each
 * session a login ends. Two devices that fight over one place run it dry; a person who moves from one to the other
 * does not.
 */
export interface EvictionAllowance {
  /** Tokens of a full bucket, 1 or more; `Infinity` when nothing is counted. */
  readonly burst: number;
  /** How long one token takes to come back, in ms. */
  readonly refillMs: number;
}

/** No bound: no bucket is kept. */
export const unlimitedEvictions: EvictionAllowance = { burst: Infinity, refillMs: 0 };

/**
 * How long, in ms, a login that would end sessions must wait; 0: it may go ahead. An application's own login needs
 * one token, one that a client repeats by itself (`isAutomatic`) needs half of the bucket: clients that fight by
 * themselves stop first, and their user still gets in. `wholeAtMs` is all a bucket is: the time (Unix ms) at which it
 * is whole again. scripts/policy.lua reckons the same.
 */
export function evictionWaitMs(
  { burst, refillMs }: EvictionAllowance,
  { wholeAtMs, isAutomatic }: { readonly wholeAtMs: number; readonly isAutomatic: boolean },
  nowMs: number,
): number {
  if (burst === Infinity) return 0;
  const needed = isAutomatic ? Math.max(1, Math.ceil(burst / 2)) : 1;
  return Math.max(0, debtMs({ burst, refillMs }, wholeAtMs, nowMs) - (burst - needed) * refillMs);
}

/** When the bucket is whole again (Unix ms) after a login at `nowMs` has ended `count` sessions. */
export function spendEvictions(
  allowance: EvictionAllowance,
  wholeAtMs: number,
  count: number,
  nowMs: number,
): number {
  if (allowance.burst === Infinity) return wholeAtMs;
  const owed = debtMs(allowance, wholeAtMs, nowMs) + count * allowance.refillMs;
  return nowMs + Math.min(owed, largestDebtMs(allowance));
}

/** What is missing in the bucket. Bounded, so that a clock that went back locks nobody out. */
function debtMs(allowance: EvictionAllowance, wholeAtMs: number, nowMs: number): number {
  return Math.min(Math.max(0, wholeAtMs - nowMs), largestDebtMs(allowance));
}

/** A login that ends many sessions at once may take more than there is, up to another bucket. */
function largestDebtMs({ burst, refillMs }: EvictionAllowance): number {
  return 2 * burst * refillMs;
}
