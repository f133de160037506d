import type { Platform } from '../../protocol/platforms.ts';
import { unlimitedEvictions, type EvictionAllowance } from './eviction-allowance.ts';
import type { LoginPolicy } from './login-policy.ts';
import { makePolicy, type GroupInput } from './make-policy.ts';
import type { PresetName } from './presets.ts';

const minuteMs = 60_000;

/** The login policy of an app as operators write it, with nothing left out. */
export interface WrittenPolicy {
  readonly policy: PresetName | readonly GroupInput[];
  /** Most instances of one user on each platform. */
  readonly limits: Readonly<Record<Platform, number>>;
  readonly evictions: {
    /** Sessions of one user that logins may end at a stretch; 0: no bound. */
    readonly burst: number;
    /** How many more in each minute after that. */
    readonly perMinute: number;
  };
}

/** The policy that is meant. Throws PolicyError. */
export function loginPolicyOf({ policy, limits, evictions }: WrittenPolicy): LoginPolicy {
  return makePolicy({ policy, limits, evictions: allowanceOf(evictions) });
}

function allowanceOf({ burst, perMinute }: WrittenPolicy['evictions']): EvictionAllowance {
  return burst === 0 ? unlimitedEvictions : { burst, refillMs: Math.round(minuteMs / perMinute) };
}
