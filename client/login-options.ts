import type { GetTicket } from './ticket-source.ts';

/** Who logs in, with a ticket, with a way to get tickets, or with both. */
export interface LoginOptions {
  readonly userID: string;
  /** The first ticket. Without getTicket the session ends with it, unless renew() brings another. */
  readonly userSig?: string;
  readonly getTicket?: GetTicket;
}

/** What a login brought. */
export interface LoginResult {
  readonly userID: string;
  readonly sessionId: string;
  /** When the ticket ends, in Unix seconds by the gateway's clock. */
  readonly ticketEndsAt: number;
  /** True when the user was logged in already and only the ticket is new. */
  readonly repeatLogin: boolean;
}
