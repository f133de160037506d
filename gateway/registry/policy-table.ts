import type { LoginPolicy } from '../policy/login-policy.ts';
import { loginPolicyOf, type WrittenPolicy } from '../policy/written-policy.ts';
import type { UserRef } from './user.ts';

/** The setting of an app; without a policy it was taken back. */
export interface PolicyRecord {
  readonly version: number;
  readonly written: WrittenPolicy | undefined;
}

interface Known extends PolicyRecord {
  readonly policy: LoginPolicy | undefined;
}

/** The policies of the apps of a node by its configuration, and what was set before them. */
export class PolicyTable {
  readonly #configured: ReadonlyMap<number, WrittenPolicy>;
  readonly #known = new Map<number, Known>();
  /** Hears of a user about whom a policy has decided that was changed meanwhile. */
  onOutdated: (user: UserRef) => void = () => undefined;

  /** @param configured by SDKAppID */
  constructor(configured: ReadonlyMap<number, WrittenPolicy>) {
    this.#configured = configured;
  }

  /** What a login goes by. `policy` is what its node's configuration says. Every login asks. */
  of({
    sdkAppId,
    policy,
  }: {
    readonly sdkAppId: number;
    readonly policy: LoginPolicy;
  }): LoginPolicy {
    return this.#known.size === 0 ? policy : (this.#known.get(sdkAppId)?.policy ?? policy);
  }

  /** A policy has decided about a user; by now there may be another. */
  decided(login: UserRef & { readonly policy: LoginPolicy }, policy: LoginPolicy): void {
    if (this.of(login) !== policy) this.onOutdated(login);
  }

  /** What the sessions of an app are held to; undefined: it is none of this node's. */
  ofApp(sdkAppId: number): LoginPolicy | undefined {
    return this.#known.get(sdkAppId)?.policy ?? this.asLogin(sdkAppId, undefined);
  }

  /** A policy, or without one that of the configuration; undefined: the app is none of this node's. Throws PolicyError. */
  asLogin(sdkAppId: number, written: WrittenPolicy | undefined): LoginPolicy | undefined {
    const meant = written ?? this.#configured.get(sdkAppId);
    return meant === undefined ? undefined : loginPolicyOf(meant);
  }

  configured(sdkAppId: number): WrittenPolicy | undefined {
    return this.#configured.get(sdkAppId);
  }

  /** 0: nothing was ever set. */
  versionOf(sdkAppId: number): number {
    return this.#known.get(sdkAppId)?.version ?? 0;
  }

  /** Takes over what is newer than what is known. Whether it was. Throws PolicyError. */
  learn(sdkAppId: number, { version, written }: PolicyRecord): boolean {
    if (version <= this.versionOf(sdkAppId)) return false;
    const policy = written === undefined ? undefined : loginPolicyOf(written);
    this.#known.set(sdkAppId, { version, written, policy });
    return true;
  }

  /** Every setting that is known, by SDKAppID. */
  all(): ReadonlyMap<number, PolicyRecord> {
    return this.#known;
  }
}
