import { z } from 'zod';
import { callbackSecret, callbackUrl } from './callback-schema.ts';
import { integer } from './key-doc.ts';

/** The section `pushes` (rules PUSH-1 to PUSH-10). */
export const pushes = z.strictObject({
  recoverS: integer(
    0,
    300,
    0,
    'How long pushes to users are kept for clients that come back by themselves; 0: not at all.',
  ),
  recoverCount: integer(1, 1000, 100, 'Most pushes of one user that are kept; the oldest goes.'),
  recoverBytes: integer(
    16_384,
    1_048_576,
    32_768,
    'Most bytes of one user that are kept; a client that comes back gets them at once, so stay below sockets.maxBufferedBytes.',
  ),
  maxSends: integer(1, 100_000, 20, 'Most messages to other users that a session sends in 5 s.'),
  callbackUrl: callbackUrl(
    'Where the back end is asked before each message of a user to another, with userMessages callback. Needs pushes.callbackSecret.',
  ),
  callbackSecret,
  callbackTimeoutMs: integer(50, 30_000, 2000, 'How long it may take to answer.'),
  callbackConcurrency: integer(1, 1000, 16, 'Most calls to it at a time.'),
  everybodyPerS: integer(
    100,
    1_000_000,
    10_000,
    'Sessions of one node that a push to everybody reaches in a second.',
  ),
});
