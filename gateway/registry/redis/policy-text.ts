import { platforms } from '../../../protocol/platforms.ts';
import type { LoginPolicy } from '../../policy/login-policy.ts';
import { groupOf } from '../../policy/survivors.ts';

const texts = new WeakMap<LoginPolicy, string>();

/**
 * A policy as login.lua reads it: ` platform:group:exclusive:max:limit` for every platform, where group is a
 * number, exclusive 0 or 1, and max 0 when the group has no bound. The script looks up only the platforms it meets. Behind
 * them ` evictions:burst:refillMs`, unless evictions are not counted.
 */
export function policyText(policy: LoginPolicy): string {
  const known = texts.get(policy);
  if (known !== undefined) return known;
  const { burst, refillMs } = policy.evictions;
  const evictions = burst === Infinity ? '' : ` evictions:${burst}:${refillMs}`;
  const groups = platforms
    .map((platform) => {
      const group = groupOf(policy, platform);
      const max = group.max === Infinity ? 0 : group.max;
      const exclusive = group.exclusive ? 1 : 0;
      const number = policy.groups.indexOf(group);
      return ` ${platform}:${number}:${exclusive}:${max}:${policy.limits[platform]}`;
    })
    .join('');
  const text = groups + evictions;
  texts.set(policy, text);
  return text;
}
