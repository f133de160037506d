import type { ClientEvents, GatehouseError, LogoutReason } from '../client/index.ts';

/** How a device is, for people to read at a glance. */
export interface Condition {
  readonly tone: 'idle' | 'good' | 'warn' | 'bad';
  /** One or two words. */
  readonly label: string;
  /** A sentence. */
  readonly detail: string;
  /** What the sentence is about happens then, by `Date.now()`. */
  readonly untilMs?: number;
}

/** Nobody has logged in yet, or somebody has logged out. */
export const loggedOut: Condition = {
  tone: 'idle',
  label: 'Logged out',
  detail: 'Nobody is logged in on this device.',
};

export function loggingIn(userID: string): Condition {
  return { tone: 'warn', label: 'Logging in', detail: `As ${userID}.` };
}

export function online({ userID, sessionId }: { userID: string; sessionId: string }): Condition {
  return { tone: 'good', label: 'Online', detail: `${userID}, session ${sessionId}.` };
}

/** The link is lost or cannot be made; the SDK tries again by itself. */
export function reconnecting(retryInMs: number, error: GatehouseError): Condition {
  return {
    tone: 'warn',
    label: 'Reconnecting',
    detail: `${sentence(error.message)} Next try`,
    untilMs: Date.now() + retryInMs,
  };
}

/** The ticket has ended; the connection stays for a while. */
export function expired(graceMs: number): Condition {
  return {
    tone: 'warn',
    label: 'Ticket expired',
    detail: 'Renew it, or the session ends',
    untilMs: Date.now() + graceMs,
  };
}

export function kicked(kick: ClientEvents['kickedOffline']): Condition {
  const by = kick.byPlatform === '' ? '' : ` by ${kick.byPlatform}, instance ${kick.byInstanceId}`;
  const away = kick.whileAway ? ' It happened while this device was away.' : '';
  return {
    tone: 'bad',
    label: 'Kicked',
    detail: `${kick.userID} was kicked${by} (${kick.type}).${away}`,
  };
}

const ends: Readonly<Record<LogoutReason, { readonly label: string; readonly detail: string }>> = {
  logout: loggedOut,
  destroyed: loggedOut,
  kicked: { label: 'Kicked', detail: 'Another login ended the session.' },
  replaced: { label: 'Replaced', detail: 'The same instance logged in on another connection.' },
  expired: { label: 'Ticket expired', detail: 'The ticket has ended and there is no other.' },
  refused: { label: 'Refused', detail: 'The gateway refuses.' },
};

/** Nobody is logged in any more. */
export function over(reason: LogoutReason, error: GatehouseError | undefined): Condition {
  const { label, detail } = ends[reason];
  const isOwnWish = reason === 'logout' || reason === 'destroyed';
  const why = reason === 'refused' && error !== undefined ? sentence(error.message) : detail;
  return { tone: isOwnWish ? 'idle' : 'bad', label, detail: why };
}

/** Something the page itself could not do. */
export function failed(message: string): Condition {
  return { tone: 'bad', label: 'Failed', detail: sentence(message) };
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return first.endsWith('.') ? first : `${first}.`;
}
