import type { Status, UserStatus } from '../status.ts';
import type { UserRef } from '../user.ts';
import type { Nodes } from './nodes.ts';
import type { UserRecord } from './user-record.ts';
import { keyOf } from './users.ts';

/** Which nodes watch which users. Interest ends when a node is told of a user nobody there watches any more. */
export class Watchers {
  readonly #nodes: Nodes;
  readonly #nodeIds = new Map<string, Set<string>>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  add(nodeId: string, ref: UserRef): void {
    const nodeIds = this.#nodeIds.get(keyOf(ref));
    if (nodeIds === undefined) this.#nodeIds.set(keyOf(ref), new Set([nodeId]));
    else nodeIds.add(nodeId);
  }

  /** What watchers see of a user before a change; undefined when nobody watches. */
  seenOf(ref: UserRef, user: UserRecord): string | undefined {
    return this.#nodeIds.has(keyOf(ref)) ? visibleText(user.status) : undefined;
  }

  /** After a change: tells those who watch, if they see another status now than `seen`. */
  tell({ sdkAppId, userId }: UserRef, status: Status, seen: string | undefined): void {
    if (seen === undefined || seen === visibleText(status)) return;
    const user = { sdkAppId, userId };
    const told: UserStatus = { user, ...status };
    for (const nodeId of this.#nodeIds.get(keyOf(user)) ?? []) {
      if (this.#nodes.listener(nodeId) === undefined) this.#forget(user, nodeId);
      this.#nodes.tell(nodeId, (listener) => {
        if (listener.watched.has(user)) listener.statusChanged(told);
        else this.#forget(user, nodeId);
      });
    }
  }

  #forget(ref: UserRef, nodeId: string): void {
    const nodeIds = this.#nodeIds.get(keyOf(ref));
    nodeIds?.delete(nodeId);
    if (nodeIds?.size === 0) this.#nodeIds.delete(keyOf(ref));
  }
}

function visibleText({ state, platforms, customStatus }: Status): string {
  return `${state} ${platforms.join()} ${customStatus}`;
}
