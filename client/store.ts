/** A conversation as the application keeps it. `data` is its own affair and must survive JSON. */
export interface Conversation<Data = unknown> {
  readonly conversationId: string;
  /** When something last happened in it, in milliseconds; the list is ordered by it, newest first. */
  readonly updatedAtMs: number;
  readonly data: Data;
}

/** A message as the application keeps it. */
export interface Message<Data = unknown> {
  readonly messageId: string;
  /** When it was sent, in milliseconds; messages are ordered by it, newest first. */
  readonly sentAtMs: number;
  readonly data: Data;
}

/** How much of one user is kept; the oldest goes first. */
export interface StoreLimits {
  /** Conversations of a user: 500. */
  readonly conversations: number;
  /** Messages of a conversation: 200. */
  readonly messages: number;
  /** Characters of one conversation's or message's data as JSON: 65,536. */
  readonly dataLength: number;
}

/** The limits of a store that is given none. */
export const storeLimits: StoreLimits = { conversations: 500, messages: 200, dataLength: 65_536 };

/** Which page of a list is wanted: at most `limit` entries that are older than `beforeMs`. */
export interface StorePage {
  readonly limit?: number;
  readonly beforeMs?: number;
}

/**
 * Where the last known conversations and messages of users are kept, so that they can be shown without a login and
 * without a network. `owner` names an app's user; nothing of one owner is ever given to another. Saving an id again
 * replaces it. A method rejects with RangeError when the data is too long or messages belong to a conversation that is
 * not kept, with another error when the storage fails.
 */
export interface Store {
  saveConversations(owner: string, conversations: readonly Conversation[]): Promise<void>;
  conversations(owner: string, page: StorePage): Promise<Conversation[]>;
  saveMessages(owner: string, conversationId: string, messages: readonly Message[]): Promise<void>;
  messages(owner: string, conversationId: string, page: StorePage): Promise<Message[]>;
  /** Forgets one owner, or everybody. */
  clear(owner?: string): Promise<void>;
}

/** Throws RangeError where the data of an entry is longer than the limit. */
export function checkData(
  entries: readonly { readonly data: unknown }[],
  limits: StoreLimits,
): void {
  for (const { data } of entries) {
    if ((JSON.stringify(data) ?? '').length <= limits.dataLength) continue;
    throw new RangeError(`the data of one entry is longer than ${limits.dataLength} characters`);
  }
}

/** Why messages are not taken: without their conversation nothing would ever take them away. */
export function notKept(conversationId: string): RangeError {
  return new RangeError(`the conversation ${conversationId} is not kept: save it first`);
}

interface Kept {
  readonly atMs: number;
  /** As JSON, so that nobody changes by accident what is kept. */
  readonly json: string;
}

/** A store that lives as long as the page or process. */
export class MemoryStore implements Store {
  readonly #limits: StoreLimits;
  readonly #owners = new Map<string, Map<string, Kept>>();
  readonly #messages = new Map<string, Map<string, Map<string, Kept>>>();

  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...storeLimits, ...limits };
  }

  async saveConversations(owner: string, conversations: readonly Conversation[]): Promise<void> {
    checkData(conversations, this.#limits);
    const kept = entryOf(this.#owners, owner, () => new Map<string, Kept>());
    for (const one of conversations) {
      kept.set(one.conversationId, { atMs: one.updatedAtMs, json: JSON.stringify(one) });
    }
    for (const id of tooMany(kept, this.#limits.conversations)) {
      kept.delete(id);
      this.#messages.get(owner)?.delete(id);
    }
  }

  async conversations(owner: string, page: StorePage): Promise<Conversation[]> {
    return pageOf(this.#owners.get(owner), page) as Conversation[];
  }

  async saveMessages(
    owner: string,
    conversationId: string,
    messages: readonly Message[],
  ): Promise<void> {
    checkData(messages, this.#limits);
    if (this.#owners.get(owner)?.has(conversationId) !== true) throw notKept(conversationId);
    const own = entryOf(this.#messages, owner, () => new Map<string, Map<string, Kept>>());
    const kept = entryOf(own, conversationId, () => new Map<string, Kept>());
    for (const one of messages)
      kept.set(one.messageId, { atMs: one.sentAtMs, json: JSON.stringify(one) });
    for (const id of tooMany(kept, this.#limits.messages)) kept.delete(id);
  }

  async messages(owner: string, conversationId: string, page: StorePage): Promise<Message[]> {
    return pageOf(this.#messages.get(owner)?.get(conversationId), page) as Message[];
  }

  async clear(owner?: string): Promise<void> {
    for (const kept of [this.#owners, this.#messages]) {
      if (owner === undefined) kept.clear();
      else kept.delete(owner);
    }
  }
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const present = map.get(key) ?? make();
  map.set(key, present);
  return present;
}

function newestFirst(kept: Map<string, Kept>): [string, Kept][] {
  return [...kept].sort(([, a], [, b]) => b.atMs - a.atMs);
}

function tooMany(kept: Map<string, Kept>, limit: number): string[] {
  if (kept.size <= limit) return [];
  return newestFirst(kept)
    .slice(limit)
    .map(([id]) => id);
}

function pageOf(kept: Map<string, Kept> | undefined, page: StorePage): unknown[] {
  const { limit = Infinity, beforeMs = Infinity } = page;
  return newestFirst(kept ?? new Map())
    .filter(([, { atMs }]) => atMs < beforeMs)
    .slice(0, limit)
    .map(([, { json }]) => JSON.parse(json) as unknown);
}
