import { platforms } from '../../protocol/platforms.ts';
import type { LoginPolicy } from '../policy/login-policy.ts';
import { makePolicy, PolicyError } from '../policy/make-policy.ts';
import type { AppSetting } from './config.ts';
import type { ConfigProblem } from './problem.ts';

/**
 * The largest limit of instances a platform can be given. Tencent Chat stops at 10 on the web and 3 elsewhere; a
 * deployment of its own may want more.
 */
export const largestInstanceLimit = 100;

const caps = Object.fromEntries(platforms.map((platform) => [platform, largestInstanceLimit]));

/** The login policy of an app. Of a loaded configuration it always holds; otherwise it throws PolicyError. */
export function loginPolicyOf(app: AppSetting): LoginPolicy {
  return makePolicy({ policy: app.policy, limits: app.limits, caps });
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
