import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../client/index.ts';
import type { IdbFactory, IdbKeyRange } from '../../client/indexed-db.ts';
import { IndexedDbStore } from '../../client/store-indexeddb.ts';
import type { Client } from '../../client/client.ts';
import type { ClientHost, ClientRoom, FarClient, SetUp, Told } from './client-host.ts';
import { HostedClient } from './hosted-client.ts';

/** Clients in this process, on the WebSocket of the package `ws`. */
export class NodeRoom implements ClientRoom {
  readonly #clients: Client[] = [];
  readonly #indexedDB = new IDBFactory() as unknown as IdbFactory;

  async open(setUp: SetUp): Promise<FarClient> {
    const { makeTicket, store, clockOffMs = 0, ...options } = setUp;
    if (clockOffMs !== 0) vi.stubGlobal('Date', clockOffBy(clockOffMs));
    const kept = store === 'indexedDB' && { store: this.#store() };
    const client = createClient({ ...options, ...kept, WebSocket });
    this.#clients.push(client);
    const told: Told[] = [];
    const hosted = new HostedClient(client, { tell: (one) => told.push(one), makeTicket });
    return { told, call: (method, ...args) => hosted.call(method, args) as never };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy();
    vi.unstubAllGlobals();
  }

  #store(): IndexedDbStore {
    const keyRange = IDBKeyRange as unknown as IdbKeyRange;
    return new IndexedDbStore({ indexedDB: this.#indexedDB, IDBKeyRange: keyRange });
  }
}

/** This process. Its clock is one for all that runs in it: tests that put it wrong run alone. */
export class NodeHost implements ClientHost {
  readonly name = 'Node';

  async room(): Promise<NodeRoom> {
    return new NodeRoom();
  }

  async stop(): Promise<void> {}
}

/** The one whose clock is right, whatever is in its place. */
const RightDate = Date;

function clockOffBy(offMs: number): typeof Date {
  const wrongNow = (): number => RightDate.now() + offMs;
  return class extends RightDate {
    constructor(...args: readonly unknown[]) {
      super(...((args.length === 0 ? [wrongNow()] : args) as [number]));
    }
    static override now = wrongNow;
  } as typeof Date;
}
