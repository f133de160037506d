import type { Client } from '../../client/client.ts';
import type { EventName } from '../../client/events.ts';
import type { TicketRequest } from '../../client/ticket-source.ts';
import type { MakeTicket, Told } from './client-host.ts';

/** The test, seen from where the client runs. */
export interface Outside {
  tell(told: Told): void;
  readonly makeTicket: MakeTicket | undefined;
}

const names = [
  'connecting',
  'connected',
  'disconnected',
  'kickedOffline',
  'userSigExpiring',
  'userSigExpired',
  'statusChanged',
  'messageReceived',
  'loginStatusChanged',
  'error',
] as const satisfies readonly EventName[];

/** A client under the hand of a test, in Node and on a page alike. */
export class HostedClient {
  readonly #client: Client;
  readonly #outside: Outside;

  constructor(client: Client, outside: Outside) {
    this.#client = client;
    this.#outside = outside;
    for (const name of names) {
      client.on(name, (event) => {
        const fields = JSON.parse(JSON.stringify(event)) as Told['event'];
        outside.tell({ name, event: fields, atMs: Date.now() });
      });
    }
  }

  /** Calls a method, at once. */
  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const client = this.#client as unknown as Record<string, (...args: unknown[]) => unknown>;
    const { makeTicket } = this.#outside;
    if (method !== 'login' || makeTicket === undefined) return client[method]?.(...args);
    const getTicket = ({ userID, reason }: TicketRequest) => makeTicket({ userID, reason });
    return this.#client.login({ ...(args[0] as { userID: string }), getTicket });
  }
}
