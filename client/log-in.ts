import type { FieldsOf } from './frame-codec.ts';
import type { GatehouseError } from './gatehouse-error.ts';
import type { Link, Push } from './link.ts';
import type { Session } from './session.ts';
import type { TicketSource } from './ticket-source.ts';
import { judge, kicked, type Verdict } from './verdict.ts';
import { clientVersion } from './wire-tables.ts';

/**
 * Sends the login of a session on a link, again with a new ticket where the gateway asks for one (rule CLOSE-3). Until
 * the answer the link belongs to the user it had; what comes behind a grant is for the new one.
 * @param isAutomatic whether the user did not ask for it (rule KICK-9)
 */
export async function logIn(
  session: Session,
  tickets: TicketSource,
  link: Link,
  isAutomatic: boolean,
): Promise<Verdict> {
  const held: Push[] = [];
  const owner = link.onPush;
  const hold = (): void => {
    link.onPush = (push) => held.push(push);
  };
  const giveBack = (): void => {
    link.onPush = owner;
    for (const push of held.splice(0)) owner(push);
  };
  try {
    const turn = { link, isAutomatic, hold, giveBack };
    const { loggedIn, userSig } = await ask(session, tickets, turn);
    tickets.accepted();
    return { kind: 'in', link, loggedIn, userSig, held };
  } catch (cause) {
    const error = cause as GatehouseError;
    if (error.code === 6208) {
      // The reason follows at once, then the close (rules KICK-5, KICK-6).
      await link.ended;
      return kicked(held.find((push) => push.name === 'kicked'));
    }
    giveBack();
    return judge(session, error, 1000);
  }
}

/** What a login of a session says. `automatic`: its user did not ask for it (rule KICK-9). */
export function loginFields(
  { host, userID: userId, inbox }: Session,
  userSig: string,
  automatic: boolean,
): FieldsOf<'login'> {
  const { sdkAppId, instanceId, platform } = host.settings;
  const afterPush = automatic ? inbox.after : 0;
  const client = clientVersion;
  return { sdkAppId, userId, userSig, instanceId, platform, automatic, client, afterPush };
}

interface Turn {
  readonly link: Link;
  readonly isAutomatic: boolean;
  /** Keeps what is pushed from now on. */
  readonly hold: () => void;
  /** Gives it to the user the link had. */
  readonly giveBack: () => void;
}

async function ask(
  session: Session,
  tickets: TicketSource,
  { link, isAutomatic: automatic, hold, giveBack }: Turn,
) {
  let reason: 'login' | 'expired' = session.hasEntered ? 'expired' : 'login';
  for (;;) {
    const userSig = link.takenUserSig ?? tickets.current ?? (await tickets.fetch(reason));
    const fields = loginFields(session, userSig, automatic);
    try {
      const loggedIn = await link.ask('login', fields, hold);
      return { loggedIn, userSig };
    } catch (cause) {
      const error = cause as GatehouseError;
      if (error.retry !== 'newTicket') throw error;
      giveBack();
      tickets.refused(userSig);
      if (!tickets.canFetch) throw error;
      reason = 'expired';
    }
  }
}
