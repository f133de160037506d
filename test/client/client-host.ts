import { WebSocket } from 'ws';
import type { Client } from '../../client/client.ts';
import type { EventName } from '../../client/events.ts';
import { createClient } from '../../client/index.ts';
import type { ClientOptions } from '../../client/settings.ts';
import type { TicketRequest } from '../../client/ticket-source.ts';

/** The calls of a client that a test may make: whatever crosses to a browser as JSON, which getTicket does not. */
export type Call = Exclude<
  {
    [K in keyof Client]: Client[K] extends (...args: never[]) => unknown ? K : never;
  }[keyof Client],
  'on' | 'once'
>;

/** An event as a client told it. */
export interface Told {
  readonly name: EventName;
  /** Its fields, as JSON has them. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** How a client is made. All but the ticket maker crosses as JSON. */
export interface SetUp extends Pick<
  ClientOptions,
  'url' | 'sdkAppId' | 'platform' | 'instanceId' | 'timing'
> {
  /** Answers getTicket, here and not where the client runs; with it every login gets it. */
  readonly makeTicket?: (request: Omit<TicketRequest, 'signal'>) => Promise<string | null>;
}

/** A client somewhere: in this process, or on a page of a browser. */
export interface FarClient {
  /** All it has told so far, in order. */
  readonly told: readonly Told[];
  /** Calls a method. Rejects with an object that has the fields of GatehouseError. */
  call<C extends Call>(
    method: C,
    ...args: Parameters<Client[C]>
  ): Promise<Awaited<ReturnType<Client[C]>>>;
}

/** A place where clients run. */
export interface ClientHost {
  readonly name: string;
  open(setUp: SetUp): Promise<FarClient>;
  /** Destroys the clients that were opened. */
  close(): Promise<void>;
}

const names = [
  'connecting',
  'connected',
  'disconnected',
  'kickedOffline',
  'userSigExpiring',
  'userSigExpired',
  'statusChanged',
  'loginStatusChanged',
  'error',
] as const satisfies readonly EventName[];

/** Clients in this process, on the WebSocket of the package `ws`. */
export class NodeHost implements ClientHost {
  readonly name = 'Node';
  readonly #clients: Client[] = [];

  async open({ makeTicket, ...options }: SetUp): Promise<FarClient> {
    const client = createClient({ ...options, WebSocket });
    this.#clients.push(client);
    const told: Told[] = [];
    for (const name of names) {
      client.on(name, (event) => {
        told.push({ name, event: JSON.parse(JSON.stringify(event)) as Told['event'] });
      });
    }
    const call: FarClient['call'] = async (method, ...args) => {
      const bound = (client[method] as (...rest: unknown[]) => unknown).bind(client);
      if (method !== 'login' || makeTicket === undefined) return (await bound(...args)) as never;
      const getTicket = ({ userID, reason }: TicketRequest) => makeTicket({ userID, reason });
      return (await bound({ ...(args[0] as object), getTicket })) as never;
    };
    return { told, call };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy();
  }
}
