import type { GatehouseError } from './gatehouse-error.ts';
import type { Session } from './session.ts';
import type { TicketRequest, TicketSource } from './ticket-source.ts';

/**
 * Has the application make a new ticket, where it can, and brings it to the gateway. A renewal belongs to its session:
 * when that is over nothing of it is applied to the next one (rule RENEW-1).
 */
export function renewTicket(session: Session, reason: 'expiring' | 'expired'): void {
  const { tickets } = session;
  if (session.renewing === tickets || !tickets.canFetch) return;
  session.renewing = tickets;
  renew(session, tickets, reason)
    .catch((error: unknown) => session.tell(error))
    .finally(() => {
      if (session.renewing === tickets) session.renewing = undefined;
    });
}

/** Brings a ticket that is there already. */
export function bringTicket(session: Session, userSig: string): void {
  bring(session, userSig).catch((error: unknown) => session.tell(error));
}

async function renew(
  session: Session,
  tickets: TicketSource,
  first: TicketRequest['reason'],
): Promise<void> {
  let reason = first;
  for (let attempt = 1; isWanted(session, tickets) && tickets.canFetch; attempt++) {
    const before = tickets.current;
    try {
      const userSig = await tickets.fetch(reason);
      if (!isWanted(session, tickets)) return;
      // The same one again brings no time; the back end may have a newer one in a moment.
      if (userSig !== before && (await bring(session, userSig))) return;
    } catch (cause) {
      const error = cause as GatehouseError;
      session.tell(error);
      if (error.retryAfterMs === 0) return;
    }
    if (tickets.current === undefined) reason = 'expired';
    await session.backOff(attempt);
  }
}

/** A repeated login has brought its own tickets: what the ones before still bring is older. */
function isWanted(session: Session, tickets: TicketSource): boolean {
  return !session.isOver && session.tickets === tickets;
}

/** False when a further ticket is needed. Where there is no link the next login brings this one. */
async function bring(session: Session, userSig: string): Promise<boolean> {
  const { online, tickets } = session;
  if (online === undefined) return true;
  try {
    await online.ask('renew', { userSig });
    tickets.accepted();
    return true;
  } catch (cause) {
    const error = cause as GatehouseError;
    if (error.code === 6201) return true;
    if (error.retry !== 'newTicket') throw error;
    tickets.refused(userSig);
    return false;
  }
}
