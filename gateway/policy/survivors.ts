import type { Platform } from '../../protocol/platforms.ts';
import type { LoginPolicy, PolicyGroup } from './login-policy.ts';

/** What the policy needs to know of a session. */
export interface Contender {
  readonly platform: Platform;
  /** Orders the logins of one user; larger is newer. */
  readonly epoch: number;
}

interface Kept {
  sessions: number;
  /** Where the sessions of an exclusive group are. */
  platform: Platform;
}

/**
 * The sessions of one user that `policy` lets live, newest first; the rest is to be kicked. Newest first, a
 * session stays while its platform is below its limit, no kept session of its exclusive group is on another
 * platform, and its group is below its max. So the newest login always wins, and lowering a limit converges.
 */
export function survivors<T extends Contender>(
  policy: LoginPolicy,
  sessions: readonly T[],
): readonly T[] {
  if (sessions.length < 2) return sessions;
  const onPlatform = new Map<Platform, number>();
  const inGroup = new Map<PolicyGroup, Kept>();
  const newestFirst = [...sessions].sort((a, b) => b.epoch - a.epoch);
  return newestFirst.filter(({ platform }) => {
    const count = onPlatform.get(platform) ?? 0;
    if (count >= policy.limits[platform]) return false;
    const group = groupOf(policy, platform);
    const kept = inGroup.get(group) ?? { sessions: 0, platform };
    if (kept.sessions >= group.max) return false;
    if (group.exclusive && kept.platform !== platform) return false;
    onPlatform.set(platform, count + 1);
    kept.sessions += 1;
    inGroup.set(group, kept);
    return true;
  });
}

/** The one group a platform stands in. Throws on a policy that `makePolicy` did not make. */
export function groupOf(policy: LoginPolicy, platform: Platform): PolicyGroup {
  const group = policy.groups.find((candidate) => candidate.platforms.includes(platform));
  if (group === undefined) {
    throw new Error(`policy ${policy.name}: platform ${platform} stands in no group`);
  }
  return group;
}
