import { choice, flag, integer, list, optional, token, tuple } from './fields.ts';
import { limits } from './limits.ts';
import { platforms } from './platforms.ts';
import {
  customStatus,
  isLast,
  ofApp,
  refused,
  retryAfterMs,
  statuses,
  userId,
  userIds,
} from './presence-fields.ts';

/** The frames of presence; `frames` has them all. */
export const presenceFrames = {
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
  statusChanged: {
    type: 68,
    from: 'server',
    kind: 'push',
    doc: 'Users that are watched, or the own user, have another status now.',
    fields: { sdkAppId: integer('The app of these users.'), statuses },
  },
} as const;
