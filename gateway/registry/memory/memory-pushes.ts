import type { SessionRecord, UserRef } from '../port.ts';
import type {
  BroadcastOutcome,
  Push,
  PushContent,
  Pushes,
  PushReceipt,
  PushTarget,
  PushTask,
} from '../pushes.ts';
import type { Nodes } from './nodes.ts';

const dayS = 86_400;

/** Where the embedded registry finds receivers. */
export interface MemoryPushParts {
  readonly nodes: Nodes;
  /** The live sessions of a user. */
  readonly sessions: (user: UserRef) => readonly SessionRecord[];
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
  /** Tasks of each app that are still known, oldest first. */
  readonly #tasks = new Map<number, readonly SentTask[]>();
  #number = 0;

  constructor(parts: MemoryPushParts) {
    this.#parts = parts;
  }

  toUser(user: UserRef, content: PushContent, target: PushTarget): Promise<PushReceipt> {
    const push = this.#numbered(content);
    const sessionIds = new Map<string, string[]>();
    for (const { instanceId, nodeId, sessionId } of this.#parts.sessions(user)) {
      if (target !== 'all' && !target.instanceIds.includes(instanceId)) continue;
      const ofNode = sessionIds.get(nodeId);
      if (ofNode === undefined) sessionIds.set(nodeId, [sessionId]);
      else ofNode.push(sessionId);
    }
    for (const [nodeId, ids] of sessionIds) {
      this.#parts.nodes.tell(nodeId, (listener) => listener.pushed(ids, push));
    }
    const sessions = [...sessionIds.values()].flat().length;
    return Promise.resolve({ number: push.number, sessions });
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
    if (since(nowS - task.gapS) > 0) return Promise.resolve({ kind: 'tooSoon' });
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

  #numbered({ sender, topic, body }: PushContent): Push {
    this.#number = Math.max(this.#number + 1, Math.floor(this.#parts.nowMs() * 1000));
    return { number: this.#number, sender, topic, body };
  }
}
