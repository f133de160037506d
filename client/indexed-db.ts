/**
 * What the store uses of IndexedDB, as far as it uses it. Declared here because the project is compiled without the
 * types of browsers.
 */
export interface IdbFactory {
  open(name: string, version: number): IdbRequest<IdbDatabase>;
}

/** What happens to a request, a database or a transaction. */
interface IdbEvents {
  addEventListener(name: string, listener: () => void): void;
}

export interface IdbRequest<T> extends IdbEvents {
  readonly result: T;
  readonly error: Error | null;
}

export interface IdbDatabase extends IdbEvents {
  createObjectStore(name: string, options: { keyPath: string[] }): IdbObjectStore;
  transaction(stores: string[], mode: 'readonly' | 'readwrite'): IdbTransaction;
  close(): void;
}

export interface IdbTransaction extends IdbEvents {
  readonly error: Error | null;
  objectStore(name: string): IdbObjectStore;
}

export interface IdbObjectStore extends IdbSource {
  put(value: unknown): unknown;
  clear(): unknown;
  delete(range: unknown): unknown;
  createIndex(name: string, keyPath: string[]): unknown;
  index(name: string): IdbSource;
}

/** A store or an index of one: both can be counted and walked. */
export interface IdbSource {
  count(range: unknown): IdbRequest<number>;
  openCursor(range: unknown, direction: 'next' | 'prev'): IdbRequest<IdbCursor | null>;
}

export interface IdbCursor {
  readonly value: unknown;
  delete(): unknown;
  continue(): void;
}

export interface IdbKeyRange {
  bound(lower: unknown, upper: unknown, lowerOpen?: boolean, upperOpen?: boolean): unknown;
}
