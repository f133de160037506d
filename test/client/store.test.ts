import { forceCloseDatabase, IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { IndexedDbStore } from '../../client/store-indexeddb.ts';
import { MemoryStore, type Store, type StoreLimits } from '../../client/store.ts';
import type { IdbFactory, IdbKeyRange } from '../../client/indexed-db.ts';

const kinds: readonly [string, (limits?: Partial<StoreLimits>) => Store][] = [
  ['memory', (limits) => new MemoryStore(limits)],
  [
    'IndexedDB',
    (limits = {}) =>
      new IndexedDbStore({
        limits,
        indexedDB: new IDBFactory() as unknown as IdbFactory,
        IDBKeyRange: IDBKeyRange as unknown as IdbKeyRange,
      }),
  ],
];

const chat = (conversationId: string, updatedAtMs: number, data: unknown = {}) => ({
  conversationId,
  updatedAtMs,
  data,
});
const message = (messageId: string, sentAtMs: number, data: unknown = {}) => ({
  messageId,
  sentAtMs,
  data,
});
const ids = async (list: Promise<readonly object[]>): Promise<unknown[]> =>
  (await list).map((entry) => Object.values(entry)[0] as unknown);

describe.each(kinds)('a store in %s', (_, makeStore) => {
  it('gives back what was saved, newest first', async () => {
    const store = makeStore();
    await store.saveConversations('1/alice', [chat('a', 10), chat('b', 30, { unread: [1] })]);
    await store.saveConversations('1/alice', [chat('c', 20)]);
    expect(await store.conversations('1/alice', {})).toEqual([
      chat('b', 30, { unread: [1] }),
      chat('c', 20),
      chat('a', 10),
    ]);
    await store.saveMessages('1/alice', 'b', [message('1', 5), message('2', 7)]);
    expect(await store.messages('1/alice', 'b', {})).toEqual([message('2', 7), message('1', 5)]);
    expect(await store.messages('1/alice', 'a', {})).toEqual([]);
  });

  it('replaces what has the same id', async () => {
    const store = makeStore();
    await store.saveConversations('1/alice', [chat('a', 10), chat('b', 20)]);
    await store.saveConversations('1/alice', [chat('a', 30, 'new')]);
    expect(await store.conversations('1/alice', {})).toEqual([chat('a', 30, 'new'), chat('b', 20)]);
  });

  it('gives pages', async () => {
    const store = makeStore();
    const all = Array.from({ length: 9 }, (__, i) => message(`m${i}`, i));
    await store.saveConversations('1/alice', [chat('a', 1)]);
    await store.saveMessages('1/alice', 'a', all);
    expect(await ids(store.messages('1/alice', 'a', { limit: 2 }))).toEqual(['m8', 'm7']);
    expect(await ids(store.messages('1/alice', 'a', { limit: 2, beforeMs: 7 }))).toEqual([
      'm6',
      'm5',
    ]);
    expect(await ids(store.messages('1/alice', 'a', { limit: 0 }))).toEqual([]);
  });

  it('never gives one user what is of another, nor of another app', async () => {
    const store = makeStore();
    await store.saveConversations('1/alice', [chat('a', 1, 'secret')]);
    await store.saveMessages('1/alice', 'a', [message('m', 1, 'secret')]);
    for (const other of ['1/bob', '2/alice', '1/alic', '1/alice2', '1/']) {
      expect(await store.conversations(other, {})).toEqual([]);
      expect(await store.messages(other, 'a', {})).toEqual([]);
    }
    expect(await store.messages('1/alice', '', {})).toEqual([]);
  });

  it('keeps no more than its limits, and the newest', async () => {
    const store = makeStore({ conversations: 3, messages: 2, dataLength: 20 });
    for (let i = 1; i <= 5; i++) {
      await store.saveConversations('1/alice', [chat(`c${i}`, i)]);
      await store.saveMessages('1/alice', `c${i}`, [message('m', 9)]);
    }
    for (let i = 1; i <= 5; i++) {
      await store.saveMessages('1/alice', 'c5', [message(`m${i}`, i)]);
    }
    expect(await ids(store.conversations('1/alice', {}))).toEqual(['c5', 'c4', 'c3']);
    expect(await ids(store.messages('1/alice', 'c5', {}))).toEqual(['m', 'm5']);
    // With a conversation go its messages.
    expect(await store.messages('1/alice', 'c1', {})).toEqual([]);
    const long = store.saveConversations('1/alice', [chat('x', 9, 'x'.repeat(30))]);
    await expect(long).rejects.toThrow(RangeError);
  });

  it('takes messages only of conversations it keeps, so that their number has a limit too', async () => {
    const store = makeStore({ conversations: 1 });
    const save = (id: string) => store.saveMessages('1/alice', id, [message('m', 1)]);
    await expect(save('a')).rejects.toThrow(RangeError);
    await store.saveConversations('1/alice', [chat('a', 1)]);
    await store.saveConversations('1/bob', [chat('b', 1)]);
    await save('a');
    await expect(save('b')).rejects.toThrow(RangeError);
    await store.saveConversations('1/alice', [chat('c', 2)]);
    await expect(save('a')).rejects.toThrow(RangeError);
    expect(await store.messages('1/alice', 'a', {})).toEqual([]);
    expect(await store.messages('1/alice', 'b', {})).toEqual([]);
  });

  it('forgets one user or all of them', async () => {
    const store = makeStore();
    for (const owner of ['1/alice', '1/bob', '1/carol']) {
      await store.saveConversations(owner, [chat('a', 1)]);
      await store.saveMessages(owner, 'a', [message('m', 1)]);
    }
    await store.clear('1/alice');
    expect(await store.conversations('1/alice', {})).toEqual([]);
    expect(await store.messages('1/alice', 'a', {})).toEqual([]);
    expect(await store.conversations('1/bob', {})).toHaveLength(1);
    await store.clear();
    expect(await store.conversations('1/bob', {})).toEqual([]);
    expect(await store.messages('1/carol', 'a', {})).toEqual([]);
  });

  it('gives copies, which nobody changes by accident', async () => {
    const store = makeStore();
    const data = { names: ['a'] };
    await store.saveConversations('1/alice', [chat('a', 1, data)]);
    data.names.push('b');
    const [first] = await store.conversations('1/alice', {});
    (first as { data: typeof data }).data.names.push('c');
    expect(await store.conversations('1/alice', {})).toEqual([chat('a', 1, { names: ['a'] })]);
  });
});

describe('a store in IndexedDB', () => {
  it('is there again after the page was', async () => {
    const indexedDB = new IDBFactory() as unknown as IdbFactory;
    const options = { indexedDB, IDBKeyRange: IDBKeyRange as unknown as IdbKeyRange };
    const before = new IndexedDbStore(options);
    await before.saveConversations('1/alice', [chat('a', 1)]);
    await before.close();
    const after = new IndexedDbStore(options);
    expect(await ids(after.conversations('1/alice', {}))).toEqual(['a']);
  });

  it('opens its database again when the browser has closed it', async () => {
    const opened: unknown[] = [];
    const factory = new IDBFactory() as unknown as IdbFactory;
    const indexedDB: IdbFactory = {
      open(name, version) {
        const request = factory.open(name, version);
        request.addEventListener('success', () => opened.push(request.result));
        return request;
      },
    };
    const store = new IndexedDbStore({
      indexedDB,
      IDBKeyRange: IDBKeyRange as unknown as IdbKeyRange,
    });
    await store.saveConversations('1/alice', [chat('a', 1)]);
    forceCloseDatabase(opened[0] as Parameters<typeof forceCloseDatabase>[0]);
    await expect
      .poll(() =>
        store.conversations('1/alice', {}).then(
          (list) => list.length,
          () => -1,
        ),
      )
      .toBe(1);
    expect(opened).toHaveLength(2);
  });

  it('says so where there is none', () => {
    expect(() => new IndexedDbStore()).toThrow('no IndexedDB');
  });
});
