import { limits } from '../../protocol/limits.ts';

/** What stands in a UserSig, every field checked for its kind, nothing of it verified yet. */
export interface UserSigFields {
  readonly sdkAppId: number;
  readonly userId: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  /** How long the ticket lives from `issuedAt`, in seconds. */
  readonly expireS: number;
  /** Base64; tickets for TRTC rooms have it, those for Chat do not. */
  readonly userBuf: string | undefined;
  /** The signature, canonical base64 of 32 bytes. */
  readonly mac: string;
}

const userIdPattern = new RegExp(`^[A-Za-z0-9_-]{1,${limits.userIdLength}}$`);
// Canonical: the bits that no byte takes up are zero.
const macPattern = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
const base64Pattern =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Whether `value` is a UserID: 1-32 characters of letters, digits, _ and -. */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && userIdPattern.test(value);
}

/** Whether `value` is a count of seconds that is exact as a number. */
export function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether `value` is an SDKAppID: a uint32. */
export function isSdkAppId(value: unknown): value is number {
  return isSeconds(value) && value <= 0xffff_ffff;
}

/**
 * Reads the fields out of an unpacked UserSig, or tells which is missing or of the wrong kind. The order of
 * keys does not matter and unknown ones are ignored, as they differ between Tencent's libraries. A zero that
 * the Go library leaves out is missing: it would be a ticket without an app or without a life.
 */
export function readFields(value: unknown): UserSigFields | string {
  if (typeof value !== 'object' || value === null) return 'does not unpack to a JSON object';
  const document = value as Readonly<Record<string, unknown>>;
  if (document['TLS.ver'] !== '2.0') return 'has no TLS.ver "2.0"';
  const userId = document['TLS.identifier'];
  if (!isUserId(userId)) return 'has no TLS.identifier of 1-32 characters A-Z a-z 0-9 _ -';
  const sdkAppId = document['TLS.sdkappid'];
  if (!isSdkAppId(sdkAppId)) return 'has no TLS.sdkappid that is a uint32';
  const issuedAt = document['TLS.time'];
  if (!isSeconds(issuedAt)) return 'has no TLS.time in whole seconds';
  const expireS = document['TLS.expire'];
  if (!isSeconds(expireS)) return 'has no TLS.expire in whole seconds';
  const userBuf = document['TLS.userbuf'];
  if (!isUserBuf(userBuf)) return 'has a TLS.userbuf that is not base64';
  const mac = document['TLS.sig'];
  if (!isMac(mac)) return 'has no TLS.sig that is base64 of 32 bytes';
  return { sdkAppId, userId, issuedAt, expireS, userBuf, mac };
}

/**
 * The text that the signature covers, rebuilt from the checked values and never cut out of the ticket: no
 * spelling and no line break in it can move one field into another.
 */
export function signedText(fields: Omit<UserSigFields, 'mac'>): string {
  const { userId, sdkAppId, issuedAt, expireS, userBuf } = fields;
  const text = `TLS.identifier:${userId}\nTLS.sdkappid:${sdkAppId}\nTLS.time:${issuedAt}\nTLS.expire:${expireS}\n`;
  return userBuf === undefined ? text : `${text}TLS.userbuf:${userBuf}\n`;
}

function isUserBuf(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && base64Pattern.test(value));
}

function isMac(value: unknown): value is string {
  return typeof value === 'string' && macPattern.test(value);
}
