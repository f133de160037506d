/** What the SDK uses of a page for its id; missing in Node and where the browser forbids storage. */
interface Globals {
  readonly sessionStorage?: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
  addEventListener?(name: string, listener: () => void): void;
}

const globals = globalThis as unknown as Globals;
const key = 'gatehouse.instanceId';

/**
 * An instanceId for one tab that a reload keeps. The tab takes it out of its storage while it lives and puts it back
 * when it goes: a copy of the tab copies the storage too, and two tabs with one id would end each other's sessions.
 */
export function createInstanceId(): string {
  const storage = sessionStorageOf();
  if (storage === undefined) return randomId();
  const id = storage.getItem(key) ?? randomId();
  const keep = (): void => storage.setItem(key, id);
  const take = (): void => storage.removeItem(key);
  take();
  globals.addEventListener?.('pagehide', keep);
  globals.addEventListener?.('pageshow', take);
  return id;
}

function sessionStorageOf(): Globals['sessionStorage'] {
  try {
    return globals.sessionStorage;
  } catch {
    // A browser that forbids storage throws at the very look at it.
    return undefined;
  }
}

/** 128 random bits; randomUUID is missing on pages without https. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
