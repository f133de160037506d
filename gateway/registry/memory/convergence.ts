import type { LoginPolicy, PolicyGroup } from '../../policy/login-policy.ts';
import { groupOf, survivors } from '../../policy/survivors.ts';
import type { SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { retention } from '../retention.ts';
import type { Endings } from './endings.ts';
import type { StoredSession, UserRecord } from './user-record.ts';

/** What a policy does not allow a user, without a login. */
export interface Doomed {
  /** Whether there is anything to end, instances that are away included. */
  readonly isAny: boolean;
  /** Newest first. */
  readonly records: readonly SessionRecord[];
  /** Each session that stays as the newest of its group, newest first, with what has to make room for it. */
  readonly byHolder: ReadonlyMap<SessionRecord, StoredSession[]>;
}

const nothing: Doomed = { isAny: false, records: [], byHolder: new Map() };

/** Looks what a policy does not allow a user. Changes nothing. */
export function doomedBy(policy: LoginPolicy, user: UserRecord, nowS: number): Doomed {
  const endedLongAgo = nowS - retention.recordSlackS;
  const stored = user.newestFirst.filter(({ record }) => record.ticketEndsAt > endedLongAgo);
  if (stored.length === 0) return nothing;
  const live = stored.map(({ record }) => record);
  const kept = new Set(survivors(policy, live));
  const holders = new Map<PolicyGroup, SessionRecord>();
  const byHolder = new Map<SessionRecord, StoredSession[]>();
  for (const record of kept) {
    const group = groupOf(policy, record.platform);
    if (holders.has(group)) continue;
    holders.set(group, record);
    byHolder.set(record, []);
  }
  const victims = stored.filter(({ record }) => !kept.has(record));
  for (const victim of victims) {
    const holder = holders.get(groupOf(policy, victim.record.platform));
    if (holder !== undefined) byHolder.get(holder)?.push(victim);
  }
  const isAwayDoomed = user.lost.some((lost) => !survivors(policy, [...live, lost]).includes(lost));
  const records = victims.map(({ record }) => record);
  return { isAny: victims.length > 0 || isAwayDoomed, records, byHolder };
}

/** Ends it as logins do: those that stay push the others out. */
export function endDoomed(
  endings: Endings,
  { sdkAppId, userId, policy }: UserRef & { readonly policy: LoginPolicy },
  user: UserRecord,
  {
    doomed,
    atMs,
    epoch,
  }: { readonly doomed: Doomed; readonly atMs: number; readonly epoch: number },
): void {
  for (const [{ platform, instanceId }, victims] of doomed.byHolder) {
    const holder = { sdkAppId, userId, policy, platform, instanceId };
    endings.evict(user, victims, holder, { atMs, epoch });
  }
}
