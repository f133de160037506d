import type { GatehouseError } from './gatehouse-error.ts';
import type { Link, Push } from './link.ts';
import type { Session } from './session.ts';
import type { TicketSource } from './ticket-source.ts';
import { judge, kicked, type Verdict } from './verdict.ts';
import { clientVersion } from './wire-tables.ts';

/**
 * Sends the login of a session on a link, again with a new ticket where the gateway asks for one (rule CLOSE-3). What is
 * pushed meanwhile goes to whoever the link belongs to in the end.
 * @param isAutomatic whether the user did not ask for it (rule KICK-9)
 */
export async function logIn(
  session: Session,
  tickets: TicketSource,
  link: Link,
  isAutomatic: boolean,
): Promise<Verdict> {
  const held: Push[] = [];
  const before = link.onPush;
  link.onPush = (push) => held.push(push);
  try {
    const { loggedIn, userSig } = await ask(session, tickets, { link, isAutomatic });
    tickets.accepted();
    return { kind: 'in', link, loggedIn, userSig, held };
  } catch (cause) {
    const error = cause as GatehouseError;
    if (error.code === 6208) {
      // The reason follows at once, then the close (rules KICK-5, KICK-6).
      await link.ended;
      return kicked(held.find((push) => push.name === 'kicked'));
    }
    link.onPush = before;
    for (const push of held) before(push);
    return judge(session, error, 1000);
  }
}

async function ask(
  session: Session,
  tickets: TicketSource,
  { link, isAutomatic: automatic }: { readonly link: Link; readonly isAutomatic: boolean },
) {
  const { sdkAppId, instanceId, platform } = session.host.settings;
  const { userId } = session;
  let reason: 'login' | 'expired' = session.hasEntered ? 'expired' : 'login';
  for (;;) {
    const userSig = tickets.current ?? (await tickets.fetch(reason));
    const fields = { sdkAppId, userId, userSig, instanceId, platform, automatic };
    try {
      const loggedIn = await link.ask('login', { ...fields, client: clientVersion });
      return { loggedIn, userSig };
    } catch (cause) {
      const error = cause as GatehouseError;
      if (error.retry !== 'newTicket') throw error;
      tickets.refused(userSig);
      if (!tickets.canFetch) throw error;
      reason = 'expired';
    }
  }
}
