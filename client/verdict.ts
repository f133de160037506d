import type { Frame } from '../protocol/frames.ts';
import type { LogoutReason } from './events.ts';
import { GatehouseError } from './gatehouse-error.ts';
import type { Link, LinkEnd, Push } from './link.ts';
import type { TicketSource } from './ticket-source.ts';

/** What a try to be online, or a time online, came to. */
export type Verdict =
  | {
      readonly kind: 'in';
      readonly link: Link;
      readonly loggedIn: Frame<'loggedIn'>;
      /** The ticket it was done with. */
      readonly userSig: string;
      /** What arrived behind the answer. */
      readonly held: readonly Push[];
    }
  | {
      readonly kind: 'later';
      readonly error: GatehouseError;
      readonly closeCode: number;
      /** The gateway's delay; left out: the SDK's own back-off. */
      readonly delayMs?: number;
    }
  | {
      readonly kind: 'final';
      readonly reason: LogoutReason;
      readonly error: GatehouseError;
      readonly closeCode: number;
      readonly kick?: Frame<'kicked'>;
    };

/** What a verdict needs to know of a session. */
interface Judged {
  readonly hasEntered: boolean;
  readonly tickets: TicketSource;
  wars: number;
  tell(error: GatehouseError): void;
}

/** Longest wait that a kick war is given. */
const longestWarMs = 600_000;

/** What follows from an error on the way in. */
export function judge(session: Judged, error: GatehouseError, closeCode: number): Verdict {
  // The app's back end may be away as the gateway may; at the first login the application sees it better at once.
  const isPassing = error.code === 6226 && error.retryAfterMs > 0 && session.hasEntered;
  if (error.retry === 'newTicket' && !isPassing)
    return { kind: 'final', reason: 'expired', error, closeCode };
  if (error.retry === 'never') return { kind: 'final', reason: 'refused', error, closeCode };
  if (error.code === 70114) return waitOut(session, error, closeCode);
  const delayMs = isPassing ? 0 : error.retryAfterMs;
  return { kind: 'later', error, closeCode, ...(delayMs > 0 && { delayMs }) };
}

/** A kick war: the gateway's delay at least, doubled each time, and the user is told (rule KICK-9). */
function waitOut(session: Judged, error: GatehouseError, closeCode: number): Verdict {
  const { retryAfterMs } = error;
  const doubledMs = Math.min(retryAfterMs * 2 ** session.wars++, longestWarMs);
  session.tell(error);
  return { kind: 'later', error, closeCode, delayMs: Math.max(retryAfterMs, doubledMs) };
}

/** What follows from the end of a link, on which the user was in or about to be (rules CLOSE-1, CLOSE-4). */
export function judgeEnd(session: Judged, { code: closeCode, reason, delayMs }: LinkEnd): Verdict {
  const isOurs = closeCode >= 4000 && closeCode < 5000;
  const message = reason === '' ? 'the link ended' : `the link ended: ${reason}`;
  const error = new GatehouseError(isOurs ? closeCode : 6201, { message });
  if (closeCode === 4500) return kicked(undefined, closeCode);
  if (closeCode === 4501) return { kind: 'final', reason: 'replaced', error, closeCode };
  if (closeCode === 4502) {
    session.tickets.ended();
    if (!session.tickets.canFetch) return { kind: 'final', reason: 'expired', error, closeCode };
  } else if (closeCode >= 4500 && isOurs)
    return { kind: 'final', reason: 'refused', error, closeCode };
  return {
    kind: 'later',
    error,
    closeCode,
    ...(delayMs !== undefined && { delayMs }),
  };
}

/** The session was ended by somebody else, whom `kick` names unless it got lost. */
export function kicked(
  kick: Frame<'kicked'> | undefined,
  closeCode = 1000,
): Verdict & { readonly kind: 'final' } {
  const error = new GatehouseError(6208, {
    message: 'another login or the back end ended the session',
  });
  return { kind: 'final', reason: 'kicked', error, closeCode, ...(kick !== undefined && { kick }) };
}
