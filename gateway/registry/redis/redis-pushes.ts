import type { UserRef } from '../user.ts';
import {
  keepsNothing,
  type BroadcastOutcome,
  type InstanceRef,
  type Push,
  type PushContent,
  type Pushes,
  type PushKeeping,
  type PushReceipt,
  type PushTarget,
  type PushTask,
} from '../pushes.ts';
import { memberOf } from './keys.ts';
import type { Deployment } from './deployment.ts';
import type { CallParts } from './script-calls.ts';
import type { Late } from './login-replies.ts';
import type { TimedCalls } from './timed-calls.ts';

/** What pushes work with. */
export interface RedisPushParts extends CallParts {
  readonly timed: TimedCalls;
  /** Which pushes are kept; none if undefined. */
  readonly keeping: PushKeeping | undefined;
  readonly deployment: Deployment;
}

/** Pushes over the channels of the nodes. Every method rejects with StoreFault. */
export class RedisPushes implements Pushes {
  readonly #parts: RedisPushParts;

  constructor(parts: RedisPushParts) {
    this.#parts = parts;
  }

  async toUser(user: UserRef, content: PushContent, target: PushTarget): Promise<PushReceipt> {
    this.#parts.deployment.mustFit();
    return this.#parts.timed.inTime(user, (notAfter) =>
      this.#push(user, content, { target, notAfter }),
    );
  }

  async toEverybody(
    sdkAppId: number,
    content: PushContent,
    task: PushTask,
  ): Promise<BroadcastOutcome> {
    this.#parts.deployment.mustFit();
    const { timed, connections, keys } = this.#parts;
    return timed.withClock(connections.clockOf(keys.leases), (notAfter) =>
      this.#broadcast(sdkAppId, task, { text: textOf(content), notAfter }),
    );
  }

  async missed(instance: InstanceRef, after: number): Promise<readonly Push[]> {
    this.#parts.deployment.mustFit();
    const { connections, keys } = this.#parts;
    const member = memberOf(instance);
    const key = keys.pushes(keys.partitionOf(member), member);
    const entries = (await connections.ask('lrange', key, '0', '-1')) as readonly string[];
    return entries.flatMap((entry) => {
      const { push, instanceIds } = parseKept(entry);
      const isFor = instanceIds === undefined || instanceIds.includes(instance.instanceId);
      return isFor && push.number > after ? [push] : [];
    });
  }

  /** `notAfter` is Redis time in ms; 0 sets no deadline. */
  async #push(
    user: UserRef,
    content: PushContent,
    { target, notAfter }: { readonly target: PushTarget; readonly notAfter: number },
  ): Promise<PushReceipt | Late> {
    const { connections, scripts, keys, keeping = keepsNothing } = this.#parts;
    const member = memberOf(user);
    const partition = keys.partitionOf(member);
    const userKey = keys.user(partition, member);
    const what = [keys.channelPrefix, String(notAfter), textOf(content)];
    const whom = target === 'all' ? ['all'] : ['some', ...target.instanceIds.filter(isName)];
    const { keepS, count, bytes } = keeping;
    const reply =
      keepS === 0
        ? await connections.run(scripts.push, userKey, ...what, ...whom)
        : await connections.run(
            scripts.keptPush,
            userKey,
            keys.pushes(partition, member),
            ...what,
            ...[keepS, count, bytes].map(String),
            ...whom,
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
}

/** Whether an instance can be called so: what is kept is written with such names. */
function isName(instanceId: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(instanceId);
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

/** An entry of the list that scripts/kept-push.lua keeps; no instanceIds = for all. */
function parseKept(entry: string): {
  readonly push: Push;
  readonly instanceIds: readonly string[] | undefined;
} {
  const [number = '', bytes = '', ids = ''] = entry.split(' ', 3);
  const text = entry.slice(number.length + bytes.length + ids.length + 3);
  return {
    push: { number: Number(number), ...contentOf(text) },
    instanceIds: ids === '*' ? undefined : ids.split(','),
  };
}
