import {
  choice,
  flag,
  integer,
  list,
  optional,
  text,
  token,
  tuple,
  type Field,
  type ValueOf,
} from './fields.ts';
import { limits } from './limits.ts';
import { platforms } from './platforms.ts';
import {
  customStatus,
  isLast,
  ofApp,
  refused,
  retryAfterMs,
  statusChanged,
  statuses,
  userId,
  userIds,
} from './presence-fields.ts';
import { afterPush, pushNumber } from './push-fields.ts';
import { pushFrames } from './push-frames.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;

/** One frame as declared: its number, who sends it, and its fields in wire order. */
export interface FrameDefinition {
  /** Number in position 0 of the array. Requests 1-31, their replies the same plus 32, pushes 64-127. */
  readonly type: number;
  readonly from: 'client' | 'server';
  /** A request is answered once with its `seq`; a reply carries it; a push has `seq` 0. */
  readonly kind: 'request' | 'reply' | 'push';
  readonly doc: string;
  readonly fields: Fields;
}

/** Why a session was kicked. Names follow the `KICKED_OUT` types of Tencent's Web SDK. */
export const kickTypes = ['multipleAccount', 'multipleDevice', 'REST', 'banned'] as const;

/** One reason of a kick, as the `kicked` frame and the registry carry it. */
export type KickType = (typeof kickTypes)[number];

const userSig = text('The ticket. Its own checks give codes 70001-70052.', limits.frameBytes);
const ticketEndsAt = integer('When the ticket ends, in Unix seconds.');

/** Every frame of version 1, declared once. PROTOCOL.md, types, checker and vectors come from here. */
export const frames = {
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
  setStatus: {
    type: 4,
    from: 'client',
    kind: 'request',
    doc: "Sets the user's custom status.",
    fields: { customStatus },
  },
  watch: {
    type: 5,
    from: 'client',
    kind: 'request',
    doc: 'Asks for the status of users, and for every change of it from now on.',
    fields: { userIds: userIds('Whom to watch.', 1, limits.usersPerWatch), sdkAppId: ofApp },
  },
  unwatch: {
    type: 6,
    from: 'client',
    kind: 'request',
    doc: 'Ends watches.',
    fields: {
      userIds: userIds('Whom to watch no longer; empty: nobody any more.', 0, limits.usersPerWatch),
      sdkAppId: ofApp,
    },
  },
  query: {
    type: 7,
    from: 'client',
    kind: 'request',
    doc: 'Asks for the status of users, once.',
    fields: {
      userIds: userIds('Whom to tell of.', 1, limits.usersPerQuery),
      sdkAppId: ofApp,
      withInstances: optional(
        flag(
          'True to be told of the own instances that are online too, when the own user is asked for.',
        ),
        false,
      ),
    },
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
  statusSet: {
    type: 36,
    from: 'server',
    kind: 'reply',
    doc: 'The custom status holds.',
    fields: {},
  },
  watching: {
    type: 37,
    from: 'server',
    kind: 'reply',
    doc: 'The users that are watched from now on, and how they are; one part of it.',
    fields: {
      statuses,
      refused,
      dropped: list(
        'Older watches that were dropped to make room.',
        tuple('One watch.', ['userId', 'sdkAppId'], [userId, integer('The app of the user.')]),
        { max: limits.usersPerWatch },
      ),
      retryAfterMs,
      isLast,
    },
  },
  unwatched: {
    type: 38,
    from: 'server',
    kind: 'reply',
    doc: 'The watches have ended. A change that was on its way may still arrive.',
    fields: { watches: integer('How many watches are left.') },
  },
  queried: {
    type: 39,
    from: 'server',
    kind: 'reply',
    doc: 'How users are; one part of it.',
    fields: {
      statuses,
      refused,
      instances: list(
        'The own instances that are online, newest first.',
        tuple(
          'One instance.',
          ['instanceId', 'platform'],
          [
            token('An instance.', limits.instanceIdLength),
            choice('What it logged in from.', platforms),
          ],
        ),
        { max: 200 },
      ),
      retryAfterMs,
      isLast,
    },
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
  statusChanged,
  ...pushFrames,
} as const satisfies Record<string, FrameDefinition>;

/** The name of a frame, as in the table. */
export type FrameName = keyof typeof frames;

type FieldsOf<N extends FrameName> = {
  readonly [K in keyof (typeof frames)[N]['fields']]: ValueOf<(typeof frames)[N]['fields'][K]>;
};

/** The values of one frame in memory: its name, its sequence number and its fields by name. */
export type Frame<N extends FrameName = FrameName> = N extends FrameName
  ? { readonly name: N; readonly seq: number } & FieldsOf<N>
  : never;

type NamesFrom<Side extends 'client' | 'server'> = {
  [N in FrameName]: (typeof frames)[N]['from'] extends Side ? N : never;
}[FrameName];

/** A frame a client sends. */
export type ClientFrame = Frame<NamesFrom<'client'>>;

/** A frame the gateway sends. */
export type ServerFrame = Frame<NamesFrom<'server'>>;
