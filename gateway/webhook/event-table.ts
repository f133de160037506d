import type { EventKind } from '../../protocol/event-kinds.ts';

/** How an event looks to a back end. */
interface EventRow {
  /** `CallbackCommand`. */
  readonly command: string;
  /** `Info.Action`. */
  readonly action: string;
  /** `Info.Reason`; absent: the type of the kick, or nothing. */
  readonly reason?: string;
  readonly meaning: string;
}

const stateChange = 'State.StateChange';

/** Every event: Tencent's four in Tencent's words, and those that Tencent has no words for. */
export const eventTable = {
  login: {
    command: stateChange,
    action: 'Login',
    reason: 'Register',
    meaning:
      'A session was registered: a login, or a client that came back. `KickedDevice` names the platforms of the sessions it ended. With `Restored` nobody logged in: the registry had lost the session, or taken its node for dead, and has it again.',
  },
  logout: {
    command: stateChange,
    action: 'Logout',
    reason: 'Unregister',
    meaning:
      'The user logged out, switched to another account, or closed the connection on purpose.',
  },
  linkClosed: {
    command: stateChange,
    action: 'Disconnect',
    reason: 'LinkClose',
    meaning:
      'The link was lost, or closed by the gateway, and nobody came back in time (`presence.holdS`).',
  },
  timedOut: {
    command: stateChange,
    action: 'Disconnect',
    reason: 'TimeOut',
    meaning: 'The link had gone silent and nobody came back in time, or the node died.',
  },
  kicked: {
    command: 'Gatehouse.Kicked',
    action: 'Kicked',
    meaning:
      'A login of another device ended the session, or the back end did; `Reason` is the type of the kick.',
  },
  revoked: {
    command: 'Gatehouse.Revoked',
    action: 'Revoked',
    meaning: 'The back end revoked the tickets of the user, which ended the session.',
  },
  expired: {
    command: 'Gatehouse.Expired',
    action: 'Expired',
    meaning: 'The ticket ended and was not renewed in its time of grace.',
  },
  banned: {
    command: 'Gatehouse.Banned',
    action: 'Banned',
    meaning: 'The back end banned the user, which ended the session.',
  },
  customStatus: {
    command: 'Gatehouse.CustomStatus',
    action: 'CustomStatus',
    meaning: 'The user set a custom status (`CustomStatus`), or took it away (empty).',
  },
} as const satisfies Record<EventKind, EventRow>;
