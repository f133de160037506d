import {
  choice,
  flag,
  integer,
  list,
  optional,
  token,
  tuple,
  utf8Text,
  wideInteger,
} from './fields.ts';
import { limits } from './limits.ts';
import { platforms } from './platforms.ts';

/** `pushOnline`: nobody is connected, but a mobile instance lost its link without a logout not long ago. */
export const presenceStates = ['online', 'pushOnline', 'offline'] as const;

/** One state of a user, as presence frames and the registry carry it. */
export type PresenceState = (typeof presenceStates)[number];

/** One user by name. */
export const userId = token('A user.', limits.userIdLength);
/** Users a request names; `min` to `max` of them. */
export const userIds = (doc: string, min: number, max: number) => list(doc, userId, { min, max });
/** The app of the users a request names. */
export const ofApp = optional(integer('The app of these users; 0: the own one.'), 0);
/** A custom status. */
export const customStatus = utf8Text(
  'What the user says of herself; empty takes it away.',
  limits.customStatusBytes,
);
/** How users are. */
export const statuses = list(
  'How users are. Of two statuses of a user the one with the larger version holds.',
  tuple(
    'The status of one user.',
    ['userId', 'state', 'platforms', 'customStatus', 'version'],
    [
      userId,
      choice('Her state.', presenceStates),
      list('Where she is online.', choice('A platform.', platforms), { max: platforms.length }),
      customStatus,
      wideInteger('Grows with every change.'),
    ],
  ),
  { max: limits.statusesPerFrame },
);
/** Whom an answer says nothing of. */
export const refused = list(
  'Users that nothing is told of, each with an answer code.',
  tuple('One refusal.', ['userId', 'code'], [userId, integer('An answer code.', 99_999)]),
  { max: 300 },
);
/** When to ask again for some of them. */
export const retryAfterMs = integer(
  'How long to wait before asking again for refused users whose code allows it; else 0.',
);
/** Whether an answer is whole. */
export const isLast = flag('False when further parts of this answer follow, with the same seq.');
