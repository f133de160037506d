/** What the SDK uses of a page for its ids; missing in Node and where the browser forbids storage. */
interface Globals {
  readonly sessionStorage?: Storage;
  addEventListener?(name: string, listener: () => void): void;
}

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** An id, as long as a client has it. */
export interface InstanceId {
  readonly id: string;
  /** Lets the next client of the page have it. */
  readonly giveBack: () => void;
}

interface Place {
  readonly id: string;
  isTaken: boolean;
}

const globals = globalThis as unknown as Globals;
/** The ids of this page, in the order in which they were first taken. */
const places: Place[] = [];

/**
 * An instanceId for one client of one tab that a reload keeps: the first client of the page has the first id, and so on.
 * The tab takes them out of its storage while it lives and puts them back when it goes: a copy of the tab copies the
 * storage too, and two tabs with one id would end each other's sessions. Without storage it is new each time.
 */
export function takeInstanceId(): InstanceId {
  const storage = sessionStorageOf();
  if (storage === undefined) return { id: randomId(), giveBack: () => undefined };
  const place = places.find(({ isTaken }) => !isTaken) ?? newPlace(storage);
  place.isTaken = true;
  return { id: place.id, giveBack: () => (place.isTaken = false) };
}

function newPlace(storage: Storage): Place {
  const key = `gatehouse.instanceId.${places.length}`;
  const id = storage.getItem(key) ?? randomId();
  const take = (): void => storage.removeItem(key);
  take();
  globals.addEventListener?.('pagehide', () => storage.setItem(key, id));
  globals.addEventListener?.('pageshow', take);
  const place = { id, isTaken: false };
  places.push(place);
  return place;
}

function sessionStorageOf(): Storage | undefined {
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
