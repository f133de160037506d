import { unlimitedEvictions, type EvictionAllowance } from '../policy/eviction-allowance.ts';
import type { LoginPolicy } from '../policy/login-policy.ts';
import { makePolicy, PolicyError } from '../policy/make-policy.ts';
import type { AppSetting } from './config.ts';
import type { ConfigProblem } from './problem.ts';

const minuteMs = 60_000;

/** The login policy of an app. Of a loaded configuration it always holds; otherwise it throws PolicyError. */
export function loginPolicyOf(app: AppSetting): LoginPolicy {
  return makePolicy({
    policy: app.policy,
    limits: app.limits,
    evictions: allowanceOf(app.evictions),
  });
}

function allowanceOf({ burst, perMinute }: AppSetting['evictions']): EvictionAllowance {
  return burst === 0 ? unlimitedEvictions : { burst, refillMs: Math.round(minuteMs / perMinute) };
}

/** What is wrong with the policy of an app, or nothing. `source` is where it was given. */
export function policyProblem(app: AppSetting, source: string): ConfigProblem | undefined {
  try {
    loginPolicyOf(app);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { source, problem: error.message, remedy: 'Put each platform into one group at most' };
  }
}
