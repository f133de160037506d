import { setTimeout as delay } from 'node:timers/promises';
import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import { FirstDoomed } from '../first-doomed.ts';
import type {
  AppPolicy,
  Policies,
  PolicyChange,
  PolicyPreview,
  PolicyStanding,
} from '../policy-port.ts';
import { retention } from '../retention.ts';
import type { MemoryHold } from './memory-hold.ts';

/** Users that are held in one turn of the event loop. */
const batchSize = 64;

/** The policies that were set at run time: they last as long as the process. */
export class MemoryPolicies implements Policies {
  readonly #hold: MemoryHold;

  constructor(hold: MemoryHold) {
    this.#hold = hold;
  }

  async read(sdkAppId: number): Promise<AppPolicy> {
    const { table } = this.#hold;
    const set = table.all().get(sdkAppId);
    const written = set?.written ?? table.configured(sdkAppId);
    if (written === undefined) throw unknownApp(sdkAppId);
    return { version: set?.version ?? 0, isSet: set?.written !== undefined, written };
  }

  async change(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    ifVersion: number,
  ): Promise<PolicyChange> {
    const { table } = this.#hold;
    if (table.versionOf(sdkAppId) !== ifVersion) return { kind: 'outdated' };
    const largest = Math.max(0, ...[...table.all().values()].map((known) => known.version));
    const version = Math.max(largest + 1, Date.now());
    table.learn(sdkAppId, { version, written });
    this.#hold.open.add(sdkAppId);
    void this.#converge(sdkAppId, version);
    return { kind: 'changed', version };
  }

  async preview(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    most: number,
  ): Promise<PolicyPreview> {
    const policy = this.#hold.table.asLogin(sdkAppId, written);
    if (policy === undefined) throw unknownApp(sdkAppId);
    const listed = new FirstDoomed(most);
    for (const user of this.#hold.usersOf(sdkAppId)) {
      const { userId } = user;
      const doomed = this.#hold.user(user, policy, false);
      listed.add(doomed.map((record) => ({ userId, record })));
    }
    return { count: listed.count, sessions: listed.sessions };
  }

  standing(sdkAppId: number): PolicyStanding {
    const version = this.#hold.table.versionOf(sdkAppId);
    return { version, isConverged: !this.#hold.open.has(sdkAppId) };
  }

  /** Holds the users there are to the policy; those who come go by it themselves. A later change ends this. */
  async #converge(sdkAppId: number, version: number): Promise<void> {
    const { table } = this.#hold;
    const policy = table.ofApp(sdkAppId);
    const users = policy === undefined ? [] : [...this.#hold.usersOf(sdkAppId)];
    for (let first = 0; first < users.length; first += batchSize) {
      await delay((1000 * batchSize) / retention.convergePerS, undefined, { ref: false });
      if (table.versionOf(sdkAppId) !== version) return;
      const batch = users.slice(first, first + batchSize);
      for (const user of batch) this.#hold.user(user, policy as LoginPolicy, true);
    }
    this.#hold.open.delete(sdkAppId);
  }
}

function unknownApp(sdkAppId: number): Error {
  return new Error(`this node does not serve app ${sdkAppId}`);
}
