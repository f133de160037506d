import type { UserStatus } from '../status.ts';
import type { SessionRef } from '../session-record.ts';
import { memberOf } from './keys.ts';
import { parseStatus } from './records.ts';
import type { CallParts } from './script-calls.ts';
import type { Late } from './login-replies.ts';
import type { UserBatch } from './user-batches.ts';

/** What watch.lua is to do besides telling how users are: nothing, or to end or begin this node's interest. */
export type Wish = 'ask' | 'leave' | { readonly forS: number };

/** The scripts of presence as typed calls. Every call rejects with StoreFault. */
export class PresenceCalls {
  readonly #parts: CallParts;
  readonly #nodeId: string;

  constructor(parts: CallParts, nodeId: string) {
    this.#parts = parts;
    this.#nodeId = nodeId;
  }

  /** Whether the session was still there. `notAfter` is Redis time in ms; 0 sets no deadline. */
  async setStatus(
    session: SessionRef,
    customStatus: string,
    notAfter: number,
  ): Promise<boolean | Late> {
    const { connections, scripts, keys, events } = this.#parts;
    const member = memberOf(session);
    const partition = keys.partitionOf(member);
    const reply = await connections.run(
      scripts.status,
      keys.user(partition, member),
      session.instanceId,
      session.sessionId,
      member,
      keys.channelPrefix,
      String(notAfter),
      customStatus,
      events.letters(session.sdkAppId),
      events.stream(partition, session.sdkAppId),
    );
    if (reply === 1) events.wrote(partition);
    if (typeof reply === 'number') return reply === 1;
    const [, storeMs] = reply as readonly string[];
    return { kind: 'late', storeMs: Number(storeMs) };
  }

  /** How these users are, in their order. */
  async watch({ partition, users }: UserBatch, wish: Wish): Promise<readonly UserStatus[]> {
    const { connections, scripts, keys } = this.#parts;
    const members = users.map(memberOf);
    const reply = await connections.run(
      scripts.watch,
      keys.user(partition, members[0] ?? ''),
      keys.user(partition, ''),
      keys.channelPrefix,
      this.#nodeId,
      typeof wish === 'string' ? wish : String(wish.forS),
      ...members,
    );
    const texts = reply as readonly string[];
    return users.map(({ sdkAppId, userId }, i) => ({
      user: { sdkAppId, userId },
      ...parseStatus(texts[i] ?? ''),
    }));
  }
}
