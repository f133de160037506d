import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import { FirstDoomed } from '../first-doomed.ts';
import type {
  AppPolicy,
  DoomedSession,
  Policies,
  PolicyChange,
  PolicyPreview,
  PolicyStanding,
} from '../policy-port.ts';
import type { PolicyRecord, PolicyTable } from '../policy-table.ts';
import type { HeldSessions } from '../held-sessions.ts';
import type { UserRef } from '../user.ts';
import { retention } from '../retention.ts';
import { Convergence } from './convergence.ts';
import type { Deployment } from './deployment.ts';
import type { FaultLog } from './fault-log.ts';
import { memberOf } from './keys.ts';
import type { Lease } from './lease.ts';
import { PolicyCalls } from './policy-calls.ts';
import type { RedisNodes } from './redis-nodes.ts';
import type { CallParts } from './script-calls.ts';
import type { TimedCalls } from './timed-calls.ts';

/** Partitions that are looked through at once: a few milliseconds of Redis, so that logins get between. */
const partitionsAtOnce = 16;

/** What this takes. */
export interface RedisPoliciesParts extends CallParts {
  readonly timed: TimedCalls;
  readonly nodes: RedisNodes;
  readonly log: FaultLog;
  readonly convergePerS: number | undefined;
  readonly deployment: Deployment;
}

/**
 * The policies that were set at run time, on one Redis. A beat asks whether there are others than this node knows, and a
 * message of whoever changes one hurries the beat. What Redis has lost the nodes put back.
 */
export class RedisPolicies implements Policies {
  readonly #parts: RedisPoliciesParts;
  readonly #calls: PolicyCalls;
  readonly #table: PolicyTable;
  readonly #convergence: Convergence;
  /** The largest version in Redis, when this node had taken over all that was there. */
  #version = 0;

  /** @param lease whose beats tell of the policies in Redis */
  constructor(parts: RedisPoliciesParts, lease: Lease) {
    const { policies: table, convergePerS = retention.convergePerS } = parts;
    this.#parts = parts;
    this.#table = table;
    this.#calls = new PolicyCalls(parts);
    const hold = async (user: UserRef, policy: LoginPolicy): Promise<number> => {
      this.#parts.deployment.mustFit();
      const members = [memberOf(user)];
      const ended = await parts.timed.inTime(user, (notAfter) =>
        this.#calls.hold(members, policy, true, notAfter),
      );
      return ended.length;
    };
    this.#convergence = new Convergence({ hold, perS: convergePerS }, parts.log);
    lease.policies = { version: () => String(this.#version), heard: (flat) => this.#heard(flat) };
    table.onOutdated = (user) => {
      const policy = table.ofApp(user.sdkAppId);
      if (policy !== undefined) this.#convergence.user(user, policy);
    };
  }

  start(held: HeldSessions): void {
    this.#convergence.start(held);
  }

  close(): void {
    this.#convergence.close();
  }

  /** A beat has found others in Redis: fields and texts of scripts/policies.lua by turns. */
  #heard(flat: readonly string[]): void {
    const stored = new Map<number, number>();
    let version = 0;
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const [field, text = ''] = flat.slice(i, i + 2);
      if (field === 'version') version = Number(text);
      else stored.set(Number(field), this.#adopt(Number(field), text));
    }
    const lost = [...this.#table.all()].filter(
      ([app, own]) => own.version > (stored.get(app) ?? 0),
    );
    if (lost.length === 0) this.#version = version;
    else if (this.#parts.deployment.mismatch === '') {
      const texts = new Map(lost.map(([app, record]) => [app, textOf(record)]));
      // If this fails the next beat finds the same.
      this.#calls.restore(texts).catch(() => undefined);
    }
  }

  async read(sdkAppId: number): Promise<AppPolicy> {
    this.#parts.deployment.mustFit();
    const text = await this.#calls.read(sdkAppId);
    const { version, written } = text === undefined ? unset : parseRecord(text);
    const isSet = written !== undefined;
    return { version, isSet, written: written ?? this.#configured(sdkAppId) };
  }

  async change(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    ifVersion: number,
  ): Promise<PolicyChange> {
    this.#parts.deployment.mustFit();
    const text = bodyOf(written);
    const outcome = await this.#parts.timed.withClock(this.#calls.clock, (notAfter) =>
      this.#calls.change(sdkAppId, text, ifVersion, notAfter),
    );
    if (outcome.kind === 'changed') this.#learn(sdkAppId, { version: outcome.version, written });
    return outcome;
  }

  async preview(
    sdkAppId: number,
    written: WrittenPolicy | undefined,
    most: number,
  ): Promise<PolicyPreview> {
    this.#parts.deployment.mustFit();
    const policy = this.#table.asLogin(sdkAppId, written);
    if (policy === undefined) throw unknownApp(sdkAppId);
    const listed = new FirstDoomed(most);
    const { keys, nodes } = this.#parts;
    for (const { nodeId } of await nodes.all()) {
      const indexes = keys.nodeIndexes(nodeId);
      for (let first = 0; first < indexes.length; first += partitionsAtOnce) {
        const some = indexes.slice(first, first + partitionsAtOnce);
        const found = await Promise.all(some.map((index) => this.#look(index, sdkAppId, policy)));
        // The users of a node may have sessions on others as well; each session is in the index of its own.
        listed.add(found.flat().filter(({ record }) => record.nodeId === nodeId));
      }
    }
    return { count: listed.count, sessions: listed.sessions };
  }

  standing(sdkAppId: number): PolicyStanding {
    const isConverged = this.#convergence.isDone(sdkAppId);
    return { version: this.#table.versionOf(sdkAppId), isConverged };
  }

  /** What a policy does not allow the users in an index. */
  async #look(
    index: string,
    sdkAppId: number,
    policy: LoginPolicy,
  ): Promise<readonly DoomedSession[]> {
    const doomed: DoomedSession[] = [];
    // A scan may name a member twice.
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const slice = await this.#calls.members(index, sdkAppId, cursor);
      const members = slice.members.filter((member) => !seen.has(member));
      for (const member of members) seen.add(member);
      cursor = slice.cursor;
      if (members.length === 0) continue;
      const found = await this.#calls.hold(members, policy, false, 0);
      if (!('kind' in found)) doomed.push(...found);
    } while (cursor !== '0');
    return doomed;
  }

  /** Takes over what Redis has of an app. Its version. */
  #adopt(sdkAppId: number, text: string): number {
    try {
      const record = parseRecord(text);
      this.#learn(sdkAppId, record);
      return record.version;
    } catch (error) {
      const reason = String(error);
      this.#parts.log.error('a policy in Redis is none that this node understands', {
        sdkAppId,
        reason,
      });
      return Infinity;
    }
  }

  #learn(sdkAppId: number, record: PolicyRecord): void {
    if (!this.#table.learn(sdkAppId, record)) return;
    const policy = this.#table.ofApp(sdkAppId);
    if (policy !== undefined) this.#convergence.begin(sdkAppId, policy);
  }

  #configured(sdkAppId: number): WrittenPolicy {
    const written = this.#table.configured(sdkAppId);
    if (written === undefined) throw unknownApp(sdkAppId);
    return written;
  }
}

const unset: PolicyRecord = { version: 0, written: undefined };

function unknownApp(sdkAppId: number): Error {
  return new Error(`this node does not serve app ${sdkAppId}`);
}

function textOf({ version, written }: PolicyRecord): string {
  return `${version} ${bodyOf(written)}`;
}

function bodyOf(written: WrittenPolicy | undefined): string {
  return written === undefined ? '' : JSON.stringify(written);
}

/** Throws for what is none. */
function parseRecord(text: string): PolicyRecord {
  const space = text.indexOf(' ');
  const json = text.slice(space + 1);
  const version = Number(text.slice(0, space));
  return { version, written: json === '' ? undefined : (JSON.parse(json) as WrittenPolicy) };
}
