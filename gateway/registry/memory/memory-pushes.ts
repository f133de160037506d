import type { SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import {
  pushNumberAt,
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
import { KeptPushes } from './kept-pushes.ts';
import type { Nodes } from './nodes.ts';
import type { UserRecord } from './user-record.ts';
import { keyOf } from './users.ts';

const dayS = 86_400;

/** Where the embedded registry finds receivers. */
export interface MemoryPushParts {
  readonly nodes: Nodes;
  /** What is known of a user. */
  readonly find: (user: UserRef) => UserRecord | undefined;
  readonly keeping: PushKeeping;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** A push to everybody that was sent: its task's id and when, in microseconds. */
interface SentTask {
  readonly id: string;
  readonly number: number;
}

/** Pushes between the nodes of one process. */
export class MemoryPushes implements Pushes {
  readonly #parts: MemoryPushParts;
  readonly #kept: KeptPushes;
  /** Tasks of each app that are still known, oldest first. */
  readonly #tasks = new Map<number, readonly SentTask[]>();
  #number = 0;

  constructor(parts: MemoryPushParts) {
    this.#parts = parts;
    this.#kept = new KeptPushes(parts.keeping, parts.nowMs);
  }

  toUser(user: UserRef, content: PushContent, target: PushTarget): Promise<PushReceipt> {
    const record = this.#parts.find(user);
    const push = this.#numbered(content, record?.version);
    const isMeant = (instanceId: string): boolean =>
      target === 'all' || target.instanceIds.includes(instanceId);
    const sessions = (record?.newestFirst ?? [])
      .map((stored) => stored.record)
      .filter(({ instanceId }) => isMeant(instanceId));
    const isAway = record?.lost.some(({ instanceId }) => isMeant(instanceId)) === true;
    if (sessions.length > 0 || isAway) this.#kept.add(keyOf(user), push, target);
    for (const [nodeId, sessionIds] of byNode(sessions)) {
      this.#parts.nodes.tell(nodeId, (listener) => listener.pushed(sessionIds, push));
    }
    return Promise.resolve({ number: push.number, sessions: sessions.length });
  }

  missed(instance: InstanceRef, after: number): Promise<readonly Push[]> {
    return Promise.resolve(this.#kept.after(keyOf(instance), instance.instanceId, after));
  }

  toEverybody(sdkAppId: number, content: PushContent, task: PushTask): Promise<BroadcastOutcome> {
    const nowS = this.#parts.nowMs() / 1000;
    const tasks = (this.#tasks.get(sdkAppId) ?? []).filter(
      ({ number }) => number > (nowS - task.knownS) * 1e6,
    );
    const known = tasks.find(({ id }) => id === task.id);
    if (known !== undefined) return Promise.resolve({ kind: 'known', number: known.number });
    const since = (fromS: number): number =>
      tasks.filter(({ number }) => number >= fromS * 1e6).length;
    if (task.gapS > 0 && since(nowS - task.gapS) > 0) return Promise.resolve({ kind: 'tooSoon' });
    if (since(Math.floor(nowS / dayS) * dayS) >= task.perDay) {
      return Promise.resolve({ kind: 'tooMany' });
    }
    const push = this.#numbered(content);
    this.#tasks.set(sdkAppId, [...tasks, { id: task.id, number: push.number }]);
    const nodes = this.#parts.nodes.tellAll((listener) =>
      listener.pushedToEverybody(sdkAppId, push),
    );
    return Promise.resolve({ kind: 'sent', number: push.number, nodes });
  }

  /** Behind the last login as well: what a client asks for begins with its own. */
  #numbered({ sender, topic, body }: PushContent, version = 0): Push {
    const nowUs = Math.floor(this.#parts.nowMs() * 1000);
    this.#number = Math.max(this.#number + 1, nowUs, pushNumberAt(version) + 1);
    return { number: this.#number, sender, topic, body };
  }
}

/** The sessionIds of each node. */
function byNode(sessions: readonly SessionRecord[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { nodeId, sessionId } of sessions) {
    const ofNode = all.get(nodeId);
    if (ofNode === undefined) all.set(nodeId, [sessionId]);
    else ofNode.push(sessionId);
  }
  return all;
}
