import type { SetUp, Told } from '../client-host.ts';

/** A set-up as it crosses to the page. */
export interface PageSetUp extends Omit<SetUp, 'makeTicket'> {
  readonly hasTicketMaker: boolean;
}

/** The end of a call on the page. */
export type Answer = { readonly value: unknown } | { readonly error: object };

/** What a page says by itself. */
export type FromPage =
  /** Its scripts have run. */
  | { readonly kind: 'ready' }
  /** A client of it has told an event. */
  | { readonly kind: 'told'; readonly client: number; readonly told: Told }
  /** A client needs a ticket. */
  | {
      readonly kind: 'ticket';
      readonly client: number;
      readonly request: number;
      readonly userID: string;
      readonly reason: 'login' | 'expiring' | 'expired';
    }
  /** Something that must never happen. */
  | { readonly kind: 'trouble'; readonly text: string };
