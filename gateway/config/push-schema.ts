import { z } from 'zod';
import { integer } from './key-doc.ts';

/** The section `pushes` (rules PUSH-1 to PUSH-5). */
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
  everybodyPerS: integer(
    100,
    1_000_000,
    10_000,
    'Sessions of one node that a push to everybody reaches in a second.',
  ),
});
