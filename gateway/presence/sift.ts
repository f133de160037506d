import { answerCodes, type AnswerCodeName } from '../../protocol/codes.ts';
import type { UserRef } from '../registry/user.ts';
import type { Answer } from './answer-parts.ts';
import type { Visibility } from './visibility.ts';

/** A user of whom nothing is told, and the answer code that says why. */
export type Refusal = Answer['refused'][number];

/** Users of one app, as a request names them. */
export interface UsersOfApp {
  /** 0: that of the asker. */
  readonly sdkAppId: number;
  readonly userIds: readonly string[];
}

/** Whom the asker may see, each once, and who is refused with what code. */
export async function sift(
  visibility: Visibility,
  asker: UserRef,
  asked: UsersOfApp,
  self: 'refuseSelf' | 'seeSelf',
): Promise<{ readonly visible: readonly string[]; readonly refused: Refusal[] }> {
  const sdkAppId = appOf(asker, asked);
  const isSelf = (userId: string): boolean =>
    userId === asker.userId && sdkAppId === asker.sdkAppId;
  const all = [...new Set(asked.userIds)];
  const others = all.filter((userId) => !isSelf(userId));
  const hasSelf = others.length < all.length;
  const refused: Refusal[] = [];
  if (hasSelf && self === 'refuseSelf') refused.push(refusal(asker.userId, 'invalidParameters'));
  const verdicts =
    others.length === 0 ? [] : await visibility.decide({ asker, sdkAppId, userIds: others });
  const visible = others.filter((_, i) => verdicts[i] === 'visible');
  for (const [i, userId] of others.entries()) {
    if (verdicts[i] === 'hidden') refused.push(refusal(userId, 'userNotVisible'));
    if (verdicts[i] === 'unknown') refused.push(refusal(userId, 'visibilityUnknown'));
  }
  if (hasSelf && self === 'seeSelf') visible.push(asker.userId);
  return { visible, refused };
}

/** The app of the users a request names. */
export function appOf(asker: UserRef, { sdkAppId }: UsersOfApp): number {
  return sdkAppId === 0 ? asker.sdkAppId : sdkAppId;
}

/** Refuses one of the users asked for. */
export function refusal(userId: string, code: AnswerCodeName): Refusal {
  return [userId, answerCodes[code].code];
}
