import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { deflateSync, inflateSync, type ZlibOptions } from 'node:zlib';

/** The calls of Tencent's own library that the tests make. */
interface OfficialApi {
  genUserSig(userId: string, expireS: number): string;
  genPrivateMapKey(userId: string, expireS: number, roomId: number, privileges: number): string;
  genPrivateMapKeyWithStringRoomID(
    userId: string,
    expireS: number,
    roomId: string,
    privileges: number,
  ): string;
}

const library = createRequire(import.meta.url)('tls-sig-api-v2') as {
  Api: new (sdkAppId: number, secret: string) => OfficialApi;
};

/** The sample key that Tencent's library publishes in its own test. */
export const secret = '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e';

export const otherSecret = 'f'.repeat(64);

export const sdkAppId = 1_400_000_000;

/** Unix seconds at which the tests' tickets are made. */
export const madeAt = 1_700_000_000;

/** Tencent's library for an app; it dates tickets with `Date.now()`. */
export function official(app = sdkAppId, key = secret): OfficialApi {
  return new library.Api(app, key);
}

/** Packs any bytes the way a UserSig is packed, so that tests can put into one what no library would. */
export function pack(bytes: string | Uint8Array, options: ZlibOptions = {}): string {
  return toText(deflateSync(bytes, options));
}

/** Tencent's base64 of any bytes. */
export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/\+/g, '*')
    .replace(/\//g, '-')
    .replace(/=/g, '_');
}

/** The zlib bytes in a UserSig. */
export function toBytes(userSig: string): Buffer {
  const base64 = userSig.replace(/\*/g, '+').replace(/-/g, '/').replace(/_/g, '=');
  return Buffer.from(base64, 'base64');
}

/** The JSON text in a UserSig. */
export function unpack(userSig: string): string {
  return inflateSync(toBytes(userSig)).toString();
}

/** Signs lines given as they are: the only way to a good signature over fields that are wrong. */
export function sign(
  fields: Readonly<Record<string, unknown>>,
  key = secret,
): Record<string, unknown> {
  const names = ['TLS.identifier', 'TLS.sdkappid', 'TLS.time', 'TLS.expire', 'TLS.userbuf'];
  const lines = names
    .filter((name) => name in fields)
    .map((name) => `${name}:${String(fields[name])}\n`);
  const mac = createHmac('sha256', key).update(lines.join('')).digest('base64');
  return { 'TLS.ver': '2.0', ...fields, 'TLS.sig': mac };
}

/** The fields of a good ticket of `alice`, to be spoilt. */
export const goodFields: Readonly<Record<string, unknown>> = {
  'TLS.identifier': 'alice',
  'TLS.sdkappid': sdkAppId,
  'TLS.time': madeAt,
  'TLS.expire': 86_400,
};
