import type { WrittenPolicy } from '../policy/written-policy.ts';
import type { SessionRecord } from './session-record.ts';

/** What an app goes by. */
export interface AppPolicy {
  /** Grows with each change, and is its time in ms by the registry's clock; 0: it was never changed at run time. */
  readonly version: number;
  /** Whether it was set at run time, and goes before the configuration. */
  readonly isSet: boolean;
  readonly written: WrittenPolicy;
}

/** What became of a change: done, with its version; or another one came first, and nothing was done. */
export type PolicyChange =
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'outdated' };

/** A session that a policy would end. */
export interface DoomedSession {
  readonly userId: string;
  readonly record: SessionRecord;
}

/** What a policy would end now. */
export interface PolicyPreview {
  /** How many sessions in all. */
  readonly count: number;
  /** The first of them, by user and newest first. */
  readonly sessions: readonly DoomedSession[];
}

/** How far a node is with the policy of an app. */
export interface PolicyStanding {
  /** Of the policy that its logins go by; 0: the configuration's. */
  readonly version: number;
  /** Whether it has ended what this policy does not allow its users. */
  readonly isConverged: boolean;
}

/** The login policies of apps that are changed while the nodes run. Calls that give a promise reject when the store does not answer. */
export interface Policies {
  /** What the app goes by, as the store has it now. Rejects also for an app that this node does not serve. */
  read(sdkAppId: number): Promise<AppPolicy>;
  /**
   * Makes every node go by this policy, undefined: by its configuration, as soon as it hears of it, and end what the
   * policy does not allow. Only if `ifVersion` is still that of the app.
   */
  change(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    ifVersion: number,
  ): Promise<PolicyChange>;
  /** What the policy, undefined: the configuration's, would end now; at most so many sessions by name. */
  preview(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    most: number,
  ): Promise<PolicyPreview>;
  /** How far this node is. */
  standing(sdkAppId: number): PolicyStanding;
}
