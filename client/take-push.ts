import type { Push } from './link.ts';
import { renewTicket } from './renew-ticket.ts';
import type { Session } from './session.ts';
import { kicked } from './verdict.ts';

/** What follows from something the gateway sends by itself on the link of a session. */
export function takePush(session: Session, push: Push): void {
  if (session.isOver) return;
  const { events } = session.host;
  switch (push.name) {
    case 'kicked':
      return session.endAs(kicked(push));
    case 'ticketExpiring':
      events.emit('userSigExpiring', { userID: session.userID, leftMs: push.leftMs });
      return renewTicket(session, 'expiring');
    case 'ticketExpired':
      session.tickets.ended();
      events.emit('userSigExpired', { userID: session.userID, graceMs: push.graceMs });
      return renewTicket(session, 'expired');
    case 'statusChanged': {
      const statuses = session.presence.take(push.sdkAppId, push.statuses);
      if (statuses.length > 0) events.emit('statusChanged', { statuses });
      return;
    }
    case 'push': {
      const message = session.inbox.take(session.userID, push);
      if (message !== undefined) events.emit('messageReceived', message);
    }
  }
}
