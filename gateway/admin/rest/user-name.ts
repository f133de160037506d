import { z } from 'zod';
import { isUserId } from '../../ticket/user-sig-fields.ts';

/** A user as the commands of im_open_login_svc name one. */
const userName = z
  .string({ error: 'badIdFormat' })
  .refine(isUserId, { error: 'invalidParameters' });

/** One user by `UserID`, or by `Identifier`, which was its name before; both must not differ. */
export const namedUser = z
  .object({ UserID: userName.optional(), Identifier: userName.optional() })
  .transform(({ UserID, Identifier }) => ({
    userId: UserID ?? Identifier ?? '',
    isOne: UserID === undefined || Identifier === undefined || UserID === Identifier,
  }))
  .refine(({ userId, isOne }) => userId !== '' && isOne, { error: 'invalidParameters' });
