import { choice, flag, integer, optional, text, token } from './fields.ts';
import { kickTypes } from './kick-types.ts';
import { limits } from './limits.ts';
import { platforms } from './platforms.ts';
import { afterPush, pushNumber } from './push-fields.ts';

const userSig = text('The ticket. Its own checks give codes 70001-70052.', limits.frameBytes);
const ticketEndsAt = integer('When the ticket ends, in Unix seconds.');

/** The frames in the life of a session, from its login to whatever ends it; `frames` has them all. */
export const sessionFrames = {
  login: {
    type: 1,
    from: 'client',
    kind: 'request',
    doc: 'Logs a user in on this connection; on a connection that is logged in: repeats the login or switches the account.',
    fields: {
      sdkAppId: integer('The app the user belongs to.'),
      userId: token('Who logs in.', limits.userIdLength),
      userSig,
      instanceId: token(
        'This installed client: made once by the client, kept, and sent with each login.',
        limits.instanceIdLength,
      ),
      platform: choice('What the client runs on; the login policy counts by it.', platforms),
      automatic: optional(
        flag(
          'True when the client comes back by itself after a network loss, false when the application asked.',
        ),
        false,
      ),
      client: optional(
        text('Name and version of the client software, for the operator.', limits.clientLength),
        '',
      ),
      afterPush,
    },
  },
  logout: {
    type: 2,
    from: 'client',
    kind: 'request',
    doc: 'Ends the session; the connection stays and may log in again.',
    fields: {},
  },
  renew: {
    type: 3,
    from: 'client',
    kind: 'request',
    doc: 'Gives the session a new ticket of the same user.',
    fields: { userSig },
  },
  ping: {
    type: 8,
    from: 'client',
    kind: 'request',
    doc: 'Asks for a sign of life. Scripts in a browser do not see the pings of the gateway.',
    fields: {},
  },
  failed: {
    type: 32,
    from: 'server',
    kind: 'reply',
    doc: 'A request was refused; the connection lives.',
    fields: {
      code: integer('An answer code.', 99_999),
      message: text(
        'What was wrong and what to do, for a developer; never shown to a user as it is.',
        limits.messageLength,
      ),
      retryAfterMs: integer(
        'How long to wait before the next try, for codes that allow one; else 0.',
      ),
    },
  },
  loggedIn: {
    type: 33,
    from: 'server',
    kind: 'reply',
    doc: 'The login holds: the session is registered and counted by the policy.',
    fields: {
      sessionId: token('The session, unique in the deployment for ever.', limits.sessionIdLength),
      serverTime: integer("The gateway's clock, in Unix seconds."),
      ticketEndsAt,
      repeatLogin: flag(
        'True when this connection was logged in as this user already and only took the ticket.',
      ),
      watches: optional(
        integer(
          'How many watches are in force: more than 0 only on a repeated login, or when this node still held those of the lost link.',
        ),
        0,
      ),
      pushNumber,
    },
  },
  loggedOut: {
    type: 34,
    from: 'server',
    kind: 'reply',
    doc: "The session has ended at the client's wish.",
    fields: {},
  },
  renewed: {
    type: 35,
    from: 'server',
    kind: 'reply',
    doc: 'The new ticket took the place of the old one.',
    fields: { serverTime: integer("The gateway's clock, in Unix seconds."), ticketEndsAt },
  },
  pong: {
    type: 40,
    from: 'server',
    kind: 'reply',
    doc: 'The sign of life.',
    fields: {},
  },
  kicked: {
    type: 64,
    from: 'server',
    kind: 'push',
    doc: "The session was ended by another login or by the app's back end; close 4500 follows.",
    fields: {
      code: integer('6208, as an answer code.', 99_999),
      kickType: choice('Why.', kickTypes),
      byPlatform: choice('The platform that logged in, empty when no login did it.', [
        '',
        ...platforms,
      ]),
      byInstanceId: text(
        'The instance that logged in, empty when no login did it.',
        limits.instanceIdLength,
      ),
      kickedAt: integer("When, by the registry's clock, in Unix seconds."),
    },
  },
  ticketExpiring: {
    type: 65,
    from: 'server',
    kind: 'push',
    doc: 'The ticket ends soon: time to renew.',
    fields: { ticketEndsAt, leftMs: integer('How long the ticket still holds.') },
  },
  ticketExpired: {
    type: 66,
    from: 'server',
    kind: 'push',
    doc: 'The ticket has ended: renew or log in within the grace time, or close 4502 follows.',
    fields: {
      code: integer('6206, as an answer code.', 99_999),
      graceMs: integer('How long the connection stays for a renewal.'),
    },
  },
  goingAway: {
    type: 67,
    from: 'server',
    kind: 'push',
    doc: 'This node leaves service: connect again after the delay, to any node; close 4000 follows.',
    fields: { reconnectAfterMs: integer("This client's own share of the spread.") },
  },
} as const;
