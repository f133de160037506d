import type { UserRef } from '../port.ts';

/** The users of each app that have an account. */
export class AccountNames {
  readonly #byApp = new Map<number, Set<string>>();

  add({ sdkAppId, userId }: UserRef): void {
    let ofApp = this.#byApp.get(sdkAppId);
    if (ofApp === undefined) this.#byApp.set(sdkAppId, (ofApp = new Set()));
    ofApp.add(userId);
  }

  has({ sdkAppId, userId }: UserRef): boolean {
    return this.#byApp.get(sdkAppId)?.has(userId) ?? false;
  }

  /** Whether there was one. */
  remove({ sdkAppId, userId }: UserRef): boolean {
    return this.#byApp.get(sdkAppId)?.delete(userId) ?? false;
  }
}
