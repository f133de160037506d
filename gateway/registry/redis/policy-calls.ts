import type { LoginPolicy } from '../../policy/login-policy.ts';
import type { PolicyChange, DoomedSession } from '../policy-port.ts';
import { parseMember } from './keys.ts';
import { policyText } from './policy-text.ts';
import { parseSession } from './records.ts';
import type { CallParts } from './script-calls.ts';
import type { Late } from './login-replies.ts';
import type { StoreClock } from './store-clock.ts';

/** Users that one look names: some 0.5 ms of Redis. */
const usersPerLook = 64;

/** A part of the index of a node in one partition. */
export interface MemberSlice {
  /** Where the next part begins; "0" when there is none. */
  readonly cursor: string;
  /** app:user, of one app. */
  readonly members: readonly string[];
}

/** The scripts of policies as typed calls. `notAfter` is Redis time in ms, 0 sets no deadline. Every call rejects with StoreFault. */
export class PolicyCalls {
  readonly #parts: CallParts;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  /** The clock of the server that has the policies. Throws StoreFault when none is known. */
  get clock(): StoreClock {
    return this.#parts.connections.clockOf(this.#parts.keys.leases);
  }

  /** The setting of an app as text, see scripts/policies.lua; undefined: nothing was ever set. */
  async read(sdkAppId: number): Promise<string | undefined> {
    const { connections, keys } = this.#parts;
    const text = await connections.ask('hget', keys.policies, String(sdkAppId));
    return (text as string | null) ?? undefined;
  }

  async change(
    sdkAppId: number,
    text: string,
    ifVersion: number,
    notAfter: number,
  ): Promise<PolicyChange | Late> {
    const words = ['change', String(sdkAppId), String(ifVersion), text];
    const [kind, detail] = await this.#run(notAfter, words);
    if (kind === 'late') return { kind, storeMs: Number(detail) };
    return kind === 'changed' ? { kind, version: Number(detail) } : { kind: 'outdated' };
  }

  /** Writes settings, by SDKAppID, where Redis has older ones or none. */
  async restore(texts: ReadonlyMap<number, string>): Promise<void> {
    await this.#run(0, ['restore', ...[...texts].flatMap(([app, text]) => [String(app), text])]);
  }

  /** What a policy does not allow these users of one partition (as app:user), and if `ends`, is ended. */
  async hold(
    members: readonly string[],
    policy: LoginPolicy,
    ends: boolean,
    notAfter: number,
  ): Promise<readonly DoomedSession[] | Late> {
    const { connections, scripts, keys, events } = this.#parts;
    const [first = ''] = members;
    const { sdkAppId } = parseMember(first);
    const partition = keys.partitionOf(first);
    const reply = await connections.run(
      scripts.converge,
      keys.user(partition, first),
      keys.user(partition, ''),
      keys.channelPrefix,
      String(notAfter),
      policyText(policy),
      ends ? 'end' : 'look',
      events.letters(sdkAppId),
      events.stream(partition, sdkAppId),
      ...members,
    );
    const texts = reply as readonly string[];
    if (texts[0] === 'late') return { kind: 'late', storeMs: Number(texts[1]) };
    const doomed: DoomedSession[] = [];
    for (let i = 0; i + 2 < texts.length; i += 3) {
      const [member = '', instanceId = '', text = ''] = texts.slice(i, i + 3);
      const { userId } = parseMember(member);
      doomed.push({ userId, record: parseSession(instanceId, text) });
    }
    if (ends && doomed.length > 0) events.wrote(partition);
    return doomed;
  }

  /** The users of an app in the index of a node; `cursor` is "0" or that of the part before. */
  async members(index: string, sdkAppId: number, cursor: string): Promise<MemberSlice> {
    const reply = await this.#parts.connections.ask(
      'sscan',
      index,
      cursor,
      'MATCH',
      `${sdkAppId}:*`,
      'COUNT',
      String(usersPerLook),
    );
    const [next, members] = reply as readonly [string, readonly string[]];
    return { cursor: next, members };
  }

  async #run(notAfter: number, words: readonly string[]): Promise<readonly string[]> {
    const { connections, scripts, keys } = this.#parts;
    const { policies, leases, channelPrefix } = keys;
    const reply = await connections.run(
      scripts.policies,
      policies,
      leases,
      channelPrefix,
      String(notAfter),
      ...words,
    );
    return reply as readonly string[];
  }
}
