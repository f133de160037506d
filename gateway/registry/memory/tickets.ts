import type { TicketFacts } from '../login.ts';
import { retention } from '../retention.ts';

/** A revocation: a moment in the order of the user's logins, in ms, and the tickets of its second that it kills. */
export interface StoredRevocation {
  readonly epoch: number;
  /** Unix seconds. */
  readonly keepUntil: number;
  readonly tickets: readonly TicketFacts[];
}

/** Whether a revocation may still have to know that a ticket was used: those to come have larger epochs. */
export function isYoung({ ticketIssuedAt }: TicketFacts, epoch: number): boolean {
  return ticketIssuedAt * 1000 + 999 >= epoch;
}

/** The young ones among these tickets, each once, the last so many. */
export function youngTickets(tickets: readonly TicketFacts[], epoch: number): TicketFacts[] {
  const young = tickets.filter(
    (ticket, i) =>
      isYoung(ticket, epoch) && tickets.findIndex((other) => isSame(ticket, other)) === i,
  );
  return young.slice(-retention.ticketsPerUser);
}

/** Whether a ticket is dead by a revocation (rule REVOKE-1). */
export function isRevoked(revocation: StoredRevocation, ticket: TicketFacts): boolean {
  if (!isYoung(ticket, revocation.epoch)) return true;
  return revocation.tickets.some((used) => isSame(used, ticket));
}

function isSame(a: TicketFacts, b: TicketFacts): boolean {
  return a.ticketFingerprint === b.ticketFingerprint && a.ticketIssuedAt === b.ticketIssuedAt;
}

/** A copy without the rest of a login: it is kept as long as the session. */
export function factsOf({
  ticketEndsAt,
  ticketIssuedAt,
  ticketFingerprint,
}: TicketFacts): TicketFacts {
  return { ticketEndsAt, ticketIssuedAt, ticketFingerprint };
}
