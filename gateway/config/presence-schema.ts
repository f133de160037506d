import { z } from 'zod';
import { limits } from '../../protocol/limits.ts';
import { callbackSecret, callbackUrl } from './callback-schema.ts';
import { integer, keyDocs } from './key-doc.ts';

const dayS = 86_400;

/** Who may see whom, and how the app's back end is asked where it decides. */
const visibilities = ['everyone', 'sameApp', 'nobody', 'callback'] as const;

/** The section `presence`: states, who may see them, and bounds (rules PRESENCE-1 to PRESENCE-12). */
export const presence = z.strictObject({
  holdS: integer(
    0,
    60,
    5,
    'How long a session whose link was lost is held for its client to come back unseen; 0: not at all.',
  ),
  pushOnlineS: integer(
    0,
    30 * dayS,
    7 * dayS,
    'How long a user whose mobile link was lost without a logout counts as push-online.',
  ),
  visibility: z.enum(visibilities).default('sameApp').register(keyDocs, {
    meaning:
      "Who may watch and query whom: everyone, users of the same app, nobody, or whom the app's back end names (callback).",
  }),
  callbackUrl: callbackUrl(
    'Where the back end is asked who may be seen. Needs presence.callbackSecret.',
  ),
  callbackSecret,
  callbackTimeoutMs: integer(50, 30_000, 2000, 'How long it may take to answer.'),
  callbackCacheS: integer(0, 3600, 60, 'How long an answer of it holds; 0: each call is asked.'),
  callbackCacheEntries: integer(
    1,
    10_000_000,
    50_000,
    'Most answers kept, one for each pair of users.',
  ),
  callbackConcurrency: integer(1, 1000, 16, 'Most calls to it at a time.'),
  usersPerWatch: integer(
    1,
    limits.usersPerWatch,
    limits.usersPerWatch,
    'Most users a watch names.',
  ),
  usersPerQuery: integer(
    1,
    limits.usersPerQuery,
    limits.usersPerQuery,
    'Most users a query names.',
  ),
  watchesPerSession: integer(
    1,
    100_000,
    200,
    'Most users a session watches; beyond, the oldest watch is dropped.',
  ),
  maxCalls: integer(1, 100_000, 20, 'Most presence calls of a session in 5 s.'),
});
