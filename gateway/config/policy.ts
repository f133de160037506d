import { PolicyError } from '../policy/make-policy.ts';
import { loginPolicyOf } from '../policy/written-policy.ts';
import type { AppSetting } from './config.ts';
import type { ConfigProblem } from './problem.ts';

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
