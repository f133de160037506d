import type { GatehouseError, Store } from '../../../client/index.ts';
import { createClient } from '../../../client/index.ts';
import { IndexedDbStore } from '../../../client/store-indexeddb.ts';
import type { MakeTicket } from '../client-host.ts';
import { HostedClient } from '../hosted-client.ts';
import type { Answer, FromPage, PageSetUp } from './page-words.ts';

// Runs on the page, as one file beside the SDK. It makes no code from text: the page's policy forbids it.

interface Page {
  gatehouseTell(text: string): void;
  addEventListener(name: string, listener: (event: { violatedDirective: string }) => void): void;
  gatehouse: typeof calls;
}

const page = globalThis as unknown as Page;
const clients = new Map<number, HostedClient>();
/** Those who wait for a ticket, by the number of their request. */
const waiting: ((ticket: string | null) => void)[] = [];

const tell = (words: FromPage): void => page.gatehouseTell(JSON.stringify(words));

/** What the test calls. */
const calls = {
  open(id: number, { hasTicketMaker, store, ...options }: PageSetUp): void {
    const kept: { store?: Store } = store === 'indexedDB' ? { store: new IndexedDbStore() } : {};
    const client = createClient({ ...options, ...kept });
    const makeTicket: MakeTicket = ({ userID, reason }) =>
      new Promise((resolve) => {
        const request = waiting.push(resolve) - 1;
        tell({ kind: 'ticket', client: id, request, userID, reason });
      });
    const hosted = new HostedClient(client, {
      tell: (told) => tell({ kind: 'told', client: id, told }),
      makeTicket: hasTicketMaker ? makeTicket : undefined,
    });
    clients.set(id, hosted);
  },

  /** Begins the call before it returns; its promise never rejects. */
  call(id: number, method: string, args: readonly unknown[]): Promise<Answer> {
    const running = clients.get(id)?.call(method, args) ?? Promise.reject(new Error('no client'));
    return running.then(
      (value) => ({ value }),
      (error: GatehouseError) => ({ error: fieldsOf(error) }),
    );
  },

  bring(request: number, ticket: string | null): void {
    waiting[request]?.(ticket);
  },
};

/** All that a test may ask of an error; what is on its prototype would not cross by itself. */
function fieldsOf(error: GatehouseError): object {
  const { code, name, message, retry, retryAfterMs, retryable, docs } = error;
  return { code, name, message, retry, retryAfterMs, retryable, docs };
}

page.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
  tell({ kind: 'trouble', text: `the page's policy was violated: ${violatedDirective}` }),
);
page.gatehouse = calls;
tell({ kind: 'ready' });
