import { createHmac } from 'node:crypto';
import type { AnswerCodeName } from '../../protocol/codes.ts';
import { answerCodes } from '../../protocol/codes.ts';
import type { AppKeys } from './app-keys.ts';
import type { SigningKey } from './signing-key.ts';
import {
  isSdkAppId,
  isSeconds,
  isUserId,
  readFields,
  signedText,
  type UserSigFields,
} from './user-sig-fields.ts';
import { packText, unpackText } from './user-sig-text.ts';

/** Ends later than this do not fit the wire (and lie after 2106). */
const lastSecond = 0xffff_ffff;

/** Characters of base64. So few are copied out of the signature; a longer piece would keep all of it in memory. */
const fingerprintLength = 10;

/** A UserSig that was verified. */
export interface Ticket {
  readonly sdkAppId: number;
  readonly userId: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  /** Unix seconds; from then on the ticket is no good. A uint32: a longer life is cut there. */
  readonly endsAt: number;
  /** 60 bits of the signature: tells the ticket from others of the same user and second. Nobody can make a ticket of it. */
  readonly fingerprint: string;
}

/** A ticket that is not accepted: the code to answer with and what is wrong, for a developer. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: AnswerCodeName;
  readonly message: string;
}

/** What became of a UserSig. */
export type Verdict = { readonly kind: 'valid'; readonly ticket: Ticket } | Refusal;

/** What a UserSig says of itself, true or not. The signature is left out, so that it can be shown. */
export type Inspection =
  | {
      readonly kind: 'read';
      readonly sdkAppId: number;
      readonly userId: string;
      readonly issuedAt: number;
      readonly expireS: number;
      readonly userBuf: string | undefined;
    }
  | Refusal;

/**
 * Makes a UserSig as Tencent's `TLSSigAPIv2` does, byte for byte equal to its Node library in the same second.
 * Throws a RangeError for values no ticket may have: nobody could log in with it.
 */
export function makeUserSig(order: {
  readonly sdkAppId: number;
  readonly secret: string;
  readonly userId: string;
  /** Lifetime in seconds. */
  readonly expireS: number;
  /** Unix seconds. */
  readonly issuedAt: number;
}): string {
  const { sdkAppId, secret, userId, expireS, issuedAt } = order;
  if (!isSdkAppId(sdkAppId)) throw new RangeError('an SDKAppID is a uint32');
  if (!isUserId(userId)) throw new RangeError(answerCodes.invalidUserId.text);
  if (!isSeconds(expireS)) throw new RangeError('a ticket lives a whole number of seconds');
  if (!isSeconds(issuedAt)) throw new RangeError('a ticket is dated in whole Unix seconds');
  const text = signedText({ sdkAppId, userId, issuedAt, expireS, userBuf: undefined });
  const document = {
    'TLS.ver': '2.0',
    'TLS.identifier': userId,
    'TLS.sdkappid': sdkAppId,
    'TLS.time': issuedAt,
    'TLS.expire': expireS,
    'TLS.sig': createHmac('sha256', secret).update(text).digest('base64'),
  };
  return packText(JSON.stringify(document));
}

/**
 * Judges a UserSig with which a user of an app wants to log in (rules TICKET-1 to TICKET-3). `nowS` is Unix
 * seconds, `toleranceS` how far ahead the clock of the ticket's maker may be. Never throws.
 *
 * The signature is judged before what it covers: an answer about user, app or time is given only to somebody
 * who holds a genuine ticket.
 */
export function verifyUserSig(
  userSig: string,
  claim: { readonly sdkAppId: number; readonly userId: string },
  keys: AppKeys,
  clock: { readonly nowS: number; readonly toleranceS: number },
): Verdict {
  const fields = read(userSig);
  if ('code' in fields) return fields;
  const usable = keys.usable(claim.sdkAppId, clock.nowS);
  if (usable === undefined) return refused('appNotFound');
  if (usable.length === 0) return refused('appKeyNotFound');
  const isOwn = fields.sdkAppId === claim.sdkAppId;
  // The keys of the app it names, when they are here: a good ticket of another app is to be told so.
  const signers = isOwn ? usable : (keys.usable(fields.sdkAppId, clock.nowS) ?? usable);
  if (!isSigned(fields, signers)) return refused('ticketForged');
  return judge(fields, claim, clock);
}

/** Reads a UserSig without any key: what it says, or exactly why it cannot be read. */
export function inspectUserSig(userSig: string): Inspection {
  const fields = read(userSig);
  if ('code' in fields) return fields;
  const { sdkAppId, userId, issuedAt, expireS, userBuf } = fields;
  return { kind: 'read', sdkAppId, userId, issuedAt, expireS, userBuf };
}

function read(userSig: string): UserSigFields | Refusal {
  if (userSig === '') return refused('ticketEmpty');
  const text = unpackText(userSig);
  if (text.kind === 'damaged') return refused('ticketMalformed', `the UserSig ${text.reason}`);
  const fields = readFields(text.value);
  return typeof fields === 'string'
    ? refused('ticketFieldsInvalid', `the UserSig ${fields}`)
    : fields;
}

function isSigned(fields: UserSigFields, keys: readonly SigningKey[]): boolean {
  const text = signedText(fields);
  for (const key of keys) if (key.signs(text, fields.mac)) return true;
  return false;
}

function judge(
  fields: UserSigFields,
  claim: { readonly sdkAppId: number; readonly userId: string },
  clock: { readonly nowS: number; readonly toleranceS: number },
): Verdict {
  const { sdkAppId, userId, issuedAt, expireS, mac } = fields;
  if (sdkAppId !== claim.sdkAppId) {
    return refused('ticketAppMismatch', `the UserSig belongs to app ${sdkAppId}`);
  }
  if (userId !== claim.userId) {
    return refused('ticketUserMismatch', `the UserSig belongs to the UserID ${userId}`);
  }
  const aheadS = issuedAt - clock.nowS;
  if (aheadS > clock.toleranceS) {
    return refused(
      'ticketInvalid',
      `the UserSig is dated ${aheadS} s in the future, ${clock.toleranceS} s are tolerated: check the clock of the server that makes tickets`,
    );
  }
  // Tencent's libraries let the second of the end pass. Here a session ends at its first moment, and a ticket that
  // still opened one would send client and gateway round in circles.
  const agoS = clock.nowS - (issuedAt + expireS);
  if (agoS >= 0)
    return refused('ticketExpired', `the UserSig expired ${agoS} s ago: get a new one`);
  // The claim's own string: the one out of the ticket need not outlive this call.
  return {
    kind: 'valid',
    ticket: {
      sdkAppId,
      userId: claim.userId,
      issuedAt,
      endsAt: Math.min(issuedAt + expireS, lastSecond),
      fingerprint: mac.slice(0, fingerprintLength),
    },
  };
}

function refused(code: AnswerCodeName, message: string = answerCodes[code].text): Refusal {
  return { kind: 'refused', code, message };
}
