import { z } from 'zod';
import { integer } from './key-doc.ts';

/** The section `pushes` (rules PUSH-1 to PUSH-5). */
export const pushes = z.strictObject({
  everybodyPerS: integer(
    100,
    1_000_000,
    10_000,
    'Sessions of one node that a push to everybody reaches in a second.',
  ),
});
