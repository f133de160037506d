import type { SessionRef } from '../session-record.ts';
import type { Status, UserStatus } from '../status.ts';
import type { UserRef } from '../user.ts';
import type { MemoryEvents } from './memory-events.ts';
import type { Nodes } from './nodes.ts';
import type { UserBook } from './user-book.ts';
import type { Watchers } from './watchers.ts';

const unknown: Status = { state: 'offline', platforms: [], customStatus: '', version: 0 };

/** What statuses are made of, and who hears of them. */
export interface MemoryStatusParts {
  readonly book: UserBook;
  readonly watchers: Watchers;
  readonly nodes: Nodes;
  readonly events: MemoryEvents;
}

/** How users are and who watches them, as the registry port says. */
export class MemoryStatuses {
  readonly #parts: MemoryStatusParts;

  constructor(parts: MemoryStatusParts) {
    this.#parts = parts;
  }

  /** Whether exactly this session was there. */
  set(session: SessionRef, customStatus: string): boolean {
    const { book, nodes, events } = this.#parts;
    const holder = book.holderOf(session);
    if (holder === undefined) return false;
    const { user, stored } = holder;
    if (user.customStatus === customStatus) return true;
    const seen = book.seenOf(session, user);
    user.customStatus = customStatus;
    events.tell(session, stored.record, { kind: 'customStatus', customStatus }, book.nowMs());
    book.changed(session, user, { seen, version: book.nextEpoch() });
    const { status } = user;
    for (const { record } of user.newestFirst) {
      if (record.sessionId === session.sessionId) continue;
      nodes.tell(record.nodeId, (listener) => listener.ownStatusChanged(record.sessionId, status));
    }
    return true;
  }

  watch(nodeId: string, refs: readonly UserRef[]): readonly UserStatus[] {
    for (const ref of refs) this.#parts.watchers.add(nodeId, ref);
    return this.of(refs);
  }

  of(refs: readonly UserRef[]): readonly UserStatus[] {
    const { book } = this.#parts;
    const nowS = book.nowS();
    return refs.map(({ sdkAppId, userId }) => {
      const user = { sdkAppId, userId };
      return { user, ...(book.find(user, nowS)?.status ?? unknown) };
    });
  }

  /** Looks at every user the node watches: for some of them push-online may have ended. */
  audit(nodeId: string): void {
    const { book, nodes } = this.#parts;
    const nowS = book.nowS();
    for (const ref of nodes.listener(nodeId)?.watched.all() ?? []) book.find(ref, nowS);
  }
}
