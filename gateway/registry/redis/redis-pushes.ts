import type { UserRef } from '../port.ts';
import type {
  BroadcastOutcome,
  PushContent,
  Pushes,
  PushReceipt,
  PushTarget,
  PushTask,
} from '../pushes.ts';
import { memberOf } from './keys.ts';
import type { CallParts, Late } from './script-calls.ts';
import { StoreFault } from './store-fault.ts';
import type { TimedCalls } from './timed-calls.ts';

/** What pushes work with. */
export interface RedisPushParts extends CallParts {
  readonly timed: TimedCalls;
  /** Why the data in Redis is not that of this deployment; empty when it is. */
  readonly mismatch: () => string;
}

/** Pushes over the channels of the nodes. Every method rejects with StoreFault. */
export class RedisPushes implements Pushes {
  readonly #parts: RedisPushParts;

  constructor(parts: RedisPushParts) {
    this.#parts = parts;
  }

  async toUser(user: UserRef, content: PushContent, target: PushTarget): Promise<PushReceipt> {
    this.#mustFit();
    return this.#parts.timed.inTime(user, (notAfter) =>
      this.#push(user, content, { target, notAfter }),
    );
  }

  async toEverybody(
    sdkAppId: number,
    content: PushContent,
    task: PushTask,
  ): Promise<BroadcastOutcome> {
    this.#mustFit();
    const { timed, connections, keys } = this.#parts;
    return timed.withClock(connections.clockOf(keys.leases), (notAfter) =>
      this.#broadcast(sdkAppId, task, { text: textOf(content), notAfter }),
    );
  }

  /** `notAfter` is Redis time in ms; 0 sets no deadline. */
  async #push(
    user: UserRef,
    content: PushContent,
    { target, notAfter }: { readonly target: PushTarget; readonly notAfter: number },
  ): Promise<PushReceipt | Late> {
    const { connections, scripts, keys } = this.#parts;
    const member = memberOf(user);
    const reply = await connections.run(
      scripts.push,
      keys.user(keys.partitionOf(member), member),
      keys.channelPrefix,
      String(notAfter),
      textOf(content),
      ...(target === 'all' ? ['all'] : ['some', ...target.instanceIds]),
    );
    const [number = '', sessions] = reply as readonly string[];
    if (number === 'late') return { kind: 'late', storeMs: Number(sessions) };
    return { number: Number(number), sessions: Number(sessions) };
  }

  async #broadcast(
    sdkAppId: number,
    { id, knownS, gapS, perDay }: PushTask,
    { text, notAfter }: { readonly text: string; readonly notAfter: number },
  ): Promise<BroadcastOutcome | Late> {
    const { connections, scripts, keys } = this.#parts;
    const reply = await connections.run(
      scripts.broadcast,
      keys.leases,
      keys.tasks(sdkAppId),
      keys.channelPrefix,
      String(notAfter),
      id,
      String(knownS),
      String(gapS),
      String(perDay),
      `${sdkAppId} ${text}`,
    );
    const [kind, number, nodes] = reply as readonly string[];
    if (kind === 'late') return { kind, storeMs: Number(number) };
    if (kind === 'sent') return { kind, number: Number(number), nodes: Number(nodes) };
    if (kind === 'known') return { kind, number: Number(number) };
    return { kind: kind === 'tooSoon' ? kind : 'tooMany' };
  }

  #mustFit(): void {
    const mismatch = this.#parts.mismatch();
    if (mismatch !== '') throw new StoreFault(mismatch, false);
  }
}

/** What goes over the channels of nodes. */
function textOf({ sender, topic, body }: PushContent): string {
  return JSON.stringify([sender, topic, body]);
}

/** What came over the channel of a node. Throws when it is none of ours. */
export function contentOf(text: string): PushContent {
  const [sender, topic, body] = JSON.parse(text) as readonly [string, string, string];
  return { sender, topic, body };
}
