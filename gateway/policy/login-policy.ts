import type { Platform } from '../../protocol/platforms.ts';
import type { EvictionAllowance } from './eviction-allowance.ts';

/**
 * The largest limit of instances a platform can be given. Tencent Chat stops at 10 on the web and 3 elsewhere; a
 * deployment of its own may want more, but not so many that one user's logins become costly.
 */
export const largestInstanceLimit = 100;

/** Platforms that share a bound. A platform stands in exactly one group. */
export interface PolicyGroup {
  readonly platforms: readonly Platform[];
  /** True: only one platform of the group may be online at a time (its instances still go by its limit). */
  readonly exclusive: boolean;
  /** Most sessions of the whole group; `Infinity` when only the limits per platform count. */
  readonly max: number;
}

/** Who of one user may be online together: groups of platforms and a limit of instances for each platform. */
export interface LoginPolicy {
  readonly name: string;
  readonly groups: readonly PolicyGroup[];
  /** Most instances of one user on a platform, 1 or more. */
  readonly limits: Readonly<Record<Platform, number>>;
  /** How often logins of one user may push out other sessions of the user (rule KICK-8). */
  readonly evictions: EvictionAllowance;
}
