import { answerCodes } from '../../../protocol/codes.ts';
import type { Clock } from '../../session/clock.ts';
import type { AppKeys } from '../../ticket/app-keys.ts';
import { isUserId } from '../../ticket/user-sig-fields.ts';
import { verifyUserSig } from '../../ticket/user-sig.ts';
import type { CallUrl } from './call-url.ts';
import { refuse, type Refusal } from './reply.ts';

/** An admin of an app, with a good ticket. */
export interface Caller {
  readonly kind: 'caller';
  readonly sdkAppId: number;
  readonly admin: string;
}

/** Who may call REST: the admins of each app by SDKAppID, and the keys that sign their tickets. */
export interface Admins {
  readonly byApp: ReadonlyMap<number, readonly string[]>;
  readonly keys: AppKeys;
  readonly clock: Clock;
  /** How far in the future a ticket may be dated, in seconds. */
  readonly clockToleranceS: number;
}

/**
 * Judges who calls. Whether the identifier is an admin is told only to somebody who has a genuine ticket of it.
 */
export function judgeCaller(url: CallUrl, admins: Admins): Caller | Refusal {
  if (url.sdkAppId === '') return refuse('appMissing');
  const sdkAppId = /^[1-9]\d{0,9}$/.test(url.sdkAppId) ? Number(url.sdkAppId) : 0;
  const names = admins.byApp.get(sdkAppId);
  if (names === undefined) return refuse('badApp');
  const { identifier: userId } = url;
  if (!isUserId(userId)) return refuse('badAccount');
  const verdict = verifyUserSig(url.userSig, { sdkAppId, userId }, admins.keys, {
    nowS: Math.floor(admins.clock.wallMs() / 1000),
    toleranceS: admins.clockToleranceS,
  });
  if (verdict.kind === 'refused') {
    return { kind: 'refused', code: answerCodes[verdict.code].code, info: verdict.message };
  }
  return names.includes(userId) ? { kind: 'caller', sdkAppId, admin: userId } : refuse('notAdmin');
}
