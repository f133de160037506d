import { evictionWaitMs, spendEvictions } from '../../policy/eviction-allowance.ts';
import { survivors } from '../../policy/survivors.ts';
import type { LoginOutcome, LoginRequest } from '../login.ts';
import type { SessionRecord } from '../session-record.ts';
import { retention } from '../retention.ts';
import type { StoredSession, UserRecord } from './user-record.ts';

/** The sessions that have to go when `newcomer` comes, newest first; the older one of its own instance aside. */
export function victimsOf(
  user: UserRecord,
  newcomer: SessionRecord,
  { policy }: LoginRequest,
  nowS: number,
): readonly StoredSession[] {
  if (user.sessionCount === 0) return [];
  user.forgetSessionsEndedBy(nowS - retention.recordSlackS, newcomer.instanceId);
  const others = user.newestFirst.filter(({ record }) => record.instanceId !== newcomer.instanceId);
  if (others.length === 0) return others;
  const kept = new Set(survivors(policy, [newcomer, ...others.map(({ record }) => record)]));
  return others.filter(({ record }) => !kept.has(record));
}

/** Takes what the eviction of `victims` costs; or, where there is too little left, the answer to the login. */
export function drawEvictions(
  user: UserRecord,
  { policy, isAutomatic }: LoginRequest,
  victims: readonly StoredSession[],
  nowMs: number,
): LoginOutcome | undefined {
  const { evictionsWholeAtMs: wholeAtMs } = user;
  const waitMs = evictionWaitMs(policy.evictions, { wholeAtMs, isAutomatic }, nowMs);
  if (waitMs > 0) {
    const rivals = victims.map(({ record: { instanceId, platform } }) => ({
      instanceId,
      platform,
    }));
    return { kind: 'damped', rivals, waitMs };
  }
  user.evictionsWholeAtMs = spendEvictions(policy.evictions, wholeAtMs, victims.length, nowMs);
  return undefined;
}
