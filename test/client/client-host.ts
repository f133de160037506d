import type { Client } from '../../client/client.ts';
import type { EventName } from '../../client/events.ts';
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
  /** When, by the clock of the client's place. */
  readonly atMs: number;
}

/** Answers getTicket, in the test and not where the client runs. */
export type MakeTicket = (request: Omit<TicketRequest, 'signal'>) => Promise<string | null>;

/** How a client is made. All but the ticket maker crosses as JSON. */
export interface SetUp extends Pick<
  ClientOptions,
  'url' | 'sdkAppId' | 'platform' | 'instanceId' | 'handshakeLogin' | 'timing'
> {
  /** Where it keeps conversations; in memory if left out. The clients of one room share the database. */
  readonly store?: 'memory' | 'indexedDB';
  /** How wrong its clock is. */
  readonly clockOffMs?: number;
  /** With it every login gets getTicket. */
  readonly makeTicket?: MakeTicket;
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

/** The clients of one test, on one device: nothing of it is left for the next. */
export interface ClientRoom {
  open(setUp: SetUp): Promise<FarClient>;
  /** Destroys the clients that were opened. Throws where their place has complained. */
  close(): Promise<void>;
}

/** A place where clients run. */
export interface ClientHost<Room extends ClientRoom = ClientRoom> {
  readonly name: string;
  /** Of its pages, for the gateways' list; none where there are no pages. */
  readonly origin?: string;
  room(): Promise<Room>;
  stop(): Promise<void>;
}
