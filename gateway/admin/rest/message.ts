import { z } from 'zod';
import { limits } from '../../../protocol/limits.ts';
import { isPushTooLong } from '../../../protocol/push-fields.ts';
import type { PushContent } from '../../registry/pushes.ts';
import { isUserId } from '../../ticket/user-sig-fields.ts';

const uint32 = (error: 'badRandom' | 'badTimestamp' | 'badBody') =>
  z.int({ error }).min(0, { error }).max(0xffff_ffff, { error });

/** Who sends, unless it is the admin. */
const From_Account = z.string().refine(isUserId, { error: 'badBody' }).optional();

const element = z.looseObject(
  {
    MsgType: z.string({ error: 'badMessage' }).min(1, { error: 'badMessage' }),
    MsgContent: z.looseObject({}, { error: 'badMessage' }),
  },
  { error: 'badMessage' },
);

/** What both commands that send something take. */
export const messageFields = {
  From_Account,
  MsgRandom: uint32('badRandom'),
  MsgBody: z.array(element, { error: 'messageNoList' }).min(1, { error: 'badMessage' }),
  CloudCustomData: z.string().optional(),
};

/** Seconds for which a message is to be kept for who is away: here none can be kept. */
export const lifeTime = z
  .int({ error: ({ input }) => (input === undefined ? 'nothingKept' : 'badLifeTime') })
  .refine((seconds) => seconds === 0, { error: 'nothingKept' });

/** An optional whole number. */
export const optionalUint32 = (error: 'badTimestamp' | 'badBody') => uint32(error).optional();

/** A message as it is pushed; undefined when it is too long (rule PUSH-4). */
export function contentOf(sender: string, topic: string, message: object): PushContent | undefined {
  const body = JSON.stringify(message);
  const isTooLong =
    Buffer.byteLength(body) > limits.pushBodyBytes || isPushTooLong([sender, topic, body]);
  return isTooLong ? undefined : { sender, topic, body };
}
