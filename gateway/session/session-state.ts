import type { Ending } from '../registry/session-record.ts';
import type { HeldSession } from '../registry/held-sessions.ts';

/**
 * One login of one instance from its first verified ticket to its end. It is what the registry is asked to
 * register, and stays with the session; only the registry's answer and a renewal change it.
 */
export interface Login extends HeldSession {
  ticketEndsAt: number;
  ticketIssuedAt: number;
  ticketFingerprint: string;
  /** 0 until the registry has answered. */
  epoch: number;
}

/** What a log line says of a login: never its ticket. */
export function logFields(login: Login): object {
  const { sdkAppId, userId, instanceId, sessionId, platform } = login;
  return { sdkAppId, userId, instanceId, sessionId, platform };
}

/** The connection is open and nobody is logged in; the login deadline runs. */
export interface Opened {
  readonly kind: 'opened';
}

/** A ticket has been verified and the registry has been asked; the answer to `seq` is owed. */
export interface LoggingIn {
  readonly kind: 'loggingIn';
  readonly seq: number;
  readonly login: Login;
  /** The last push its client knows, for one that comes back; 0: it asks for none. */
  readonly afterPush: number;
}

/** The registry holds the session and the ticket runs. */
export interface LoggedIn {
  readonly kind: 'loggedIn';
  readonly login: Login;
  /** Whether the client knows that its ticket ends soon. */
  isWarned: boolean;
}

/** The ticket has ended online; the grace time for a renewal runs. */
export interface Expired {
  readonly kind: 'expired';
  readonly login: Login;
}

/** The link is gone without a goodbye; the session is held for its client to come back (rule PRESENCE-8). */
export interface Lost {
  readonly kind: 'lost';
  readonly login: Login;
  /** What becomes of the session when nobody comes. */
  readonly ending: Ending;
}

/** The session has left this node's tables and the registry is being told. */
export interface LoggingOut {
  readonly kind: 'loggingOut';
}

/** The connection is gone or going; nothing leaves this state. */
export interface Closed {
  readonly kind: 'closed';
}

/** The life of a session as a union: a field exists only in the states that have it. */
export type SessionState = Opened | LoggingIn | LoggedIn | Expired | Lost | LoggingOut | Closed;

/** The states without a login have one value each. */
export const opened: Opened = { kind: 'opened' };
export const loggingOut: LoggingOut = { kind: 'loggingOut' };
export const closed: Closed = { kind: 'closed' };
