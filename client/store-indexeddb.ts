import type {
  IdbCursor,
  IdbDatabase,
  IdbFactory,
  IdbKeyRange,
  IdbRequest,
  IdbSource,
  IdbTransaction,
} from './indexed-db.ts';
import {
  checkData,
  notKept,
  storeLimits,
  type Conversation,
  type Message,
  type Store,
  type StoreLimits,
  type StorePage,
} from './store.ts';

/** How a store of IndexedDB is made. */
export interface IndexedDbStoreOptions {
  /** Name of the database; `gatehouse` if left out. */
  readonly name?: string;
  readonly limits?: Partial<StoreLimits>;
  /** The API to use; the global one if left out. */
  readonly indexedDB?: IdbFactory;
  readonly IDBKeyRange?: IdbKeyRange;
}

/** A row of either table; `group` is the conversation of a message, empty for a conversation itself. */
interface Row {
  readonly owner: string;
  readonly group: string;
  readonly id: string;
  readonly atMs: number;
  readonly entry: unknown;
}

const table = 'entries';
const byTime = 'byTime';
/** An array is greater than every text and number in the order of IndexedDB's keys. */
const beyond: readonly never[] = [];

/** A store in the browser's IndexedDB, which outlives the page. Tabs of one origin share it. */
export class IndexedDbStore implements Store {
  readonly #limits: StoreLimits;
  readonly #name: string;
  readonly #factory: IdbFactory;
  readonly #range: IdbKeyRange;
  #database: Promise<IdbDatabase> | undefined;

  /** Opens nothing yet. Throws where there is no IndexedDB. */
  constructor(options: IndexedDbStoreOptions = {}) {
    const globals = globalThis as { indexedDB?: IdbFactory; IDBKeyRange?: IdbKeyRange };
    const { indexedDB = globals.indexedDB, IDBKeyRange = globals.IDBKeyRange } = options;
    if (indexedDB === undefined || IDBKeyRange === undefined)
      throw new TypeError('there is no IndexedDB here');
    this.#name = options.name ?? 'gatehouse';
    this.#limits = { ...storeLimits, ...options.limits };
    this.#factory = indexedDB;
    this.#range = IDBKeyRange;
  }

  async saveConversations(owner: string, conversations: readonly Conversation[]): Promise<void> {
    checkData(conversations, this.#limits);
    const rows = conversations.map((entry) => {
      return { owner, group: '', id: entry.conversationId, atMs: entry.updatedAtMs, entry };
    });
    await this.#write((transaction) => this.#save(transaction, rows, this.#limits.conversations));
  }

  conversations(owner: string, page: StorePage): Promise<Conversation[]> {
    return this.#page(owner, '', page) as Promise<Conversation[]>;
  }

  async saveMessages(
    owner: string,
    conversationId: string,
    messages: readonly Message[],
  ): Promise<void> {
    checkData(messages, this.#limits);
    const rows = messages.map((entry) => {
      return {
        owner,
        group: groupOf(conversationId),
        id: entry.messageId,
        atMs: entry.sentAtMs,
        entry,
      };
    });
    let isKept = false;
    await this.#write((transaction) => {
      const conversation = [owner, '', conversationId];
      const range = this.#range.bound(conversation, conversation);
      const count = transaction.objectStore(table).count(range);
      count.addEventListener('success', () => {
        isKept = count.result > 0;
        if (isKept) this.#save(transaction, rows, this.#limits.messages);
      });
    });
    if (!isKept) throw notKept(conversationId);
  }

  messages(owner: string, conversationId: string, page: StorePage): Promise<Message[]> {
    return this.#page(owner, groupOf(conversationId), page) as Promise<Message[]>;
  }

  async clear(owner?: string): Promise<void> {
    await this.#write((transaction) => {
      const store = transaction.objectStore(table);
      if (owner === undefined) store.clear();
      else store.delete(this.#range.bound([owner], [owner, beyond]));
    });
  }

  /** Closes the database; the next call opens it again. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    (await database)?.close();
  }

  #save(transaction: IdbTransaction, rows: readonly Row[], limit: number): void {
    const [first] = rows;
    if (first === undefined) return;
    const { owner, group } = first;
    const store = transaction.objectStore(table);
    for (const row of rows) store.put(row);
    const all = this.#range.bound([owner, group], [owner, group, beyond]);
    const count = store.index(byTime).count(all);
    count.addEventListener('success', () => {
      let left = count.result - limit;
      if (left <= 0) return;
      walk(store.index(byTime), all, 'next', (cursor) => {
        const { id } = cursor.value as Row;
        // With a conversation its messages go.
        if (group === '')
          store.delete(this.#range.bound([owner, groupOf(id)], [owner, groupOf(id), beyond]));
        cursor.delete();
        return --left > 0;
      });
    });
  }

  async #page(owner: string, group: string, page: StorePage): Promise<unknown[]> {
    const { limit = Infinity, beforeMs } = page;
    const entries: unknown[] = [];
    if (limit <= 0) return entries;
    const database = await this.#open();
    const transaction = database.transaction([table], 'readonly');
    const upTo = [owner, group, beforeMs ?? beyond];
    const range = this.#range.bound([owner, group], upTo, false, beforeMs !== undefined);
    walk(transaction.objectStore(table).index(byTime), range, 'prev', (cursor) => {
      entries.push((cursor.value as Row).entry);
      return entries.length < limit;
    });
    await completed(transaction);
    return entries;
  }

  async #write(work: (transaction: IdbTransaction) => void): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction([table], 'readwrite');
    work(transaction);
    await completed(transaction);
  }

  #open(): Promise<IdbDatabase> {
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }

  async #connect(): Promise<IdbDatabase> {
    const request = this.#factory.open(this.#name, 1);
    request.addEventListener('upgradeneeded', () => {
      const store = request.result.createObjectStore(table, { keyPath: ['owner', 'group', 'id'] });
      store.createIndex(byTime, ['owner', 'group', 'atMs']);
    });
    const database = await settled(request);
    // Another tab may want to delete the database or to open a newer one: it must not wait for this tab.
    database.addEventListener('versionchange', () => {
      this.#database = undefined;
      database.close();
    });
    // The browser closes it when its data is cleared, or its disk fails.
    database.addEventListener('close', () => (this.#database = undefined));
    return database;
  }
}

/** A group of messages never has the empty name of the group of conversations. */
function groupOf(conversationId: string): string {
  return `m${conversationId}`;
}

/** Goes through a source as long as `visit` says so. */
function walk(
  source: IdbSource,
  range: unknown,
  direction: 'next' | 'prev',
  visit: (cursor: IdbCursor) => boolean,
): void {
  const request = source.openCursor(range, direction);
  request.addEventListener('success', () => {
    const cursor = request.result;
    if (cursor !== null && visit(cursor)) cursor.continue();
  });
}

function settled<T>(request: IdbRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')));
  });
}

function completed(transaction: IdbTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new Error('IndexedDB gave up')),
    );
  });
}
