import { createRequire } from 'node:module';

/** The one call of Tencent's own library that is needed here. */
interface OfficialApi {
  genUserSig(userId: string, expireS: number): string;
}

const library = createRequire(import.meta.url)('tls-sig-api-v2') as {
  Api: new (sdkAppId: number, secret: string) => OfficialApi;
};

/** Whose ticket it is, and by which key. */
export interface TicketOrder {
  readonly sdkAppId: number;
  readonly secret: string;
  readonly userId: string;
  /** Lifetime in seconds; a day if left out. */
  readonly expireS?: number;
  /** Unix seconds; now if left out. */
  readonly issuedAt?: number;
}

/** A UserSig as the back end of an app makes it, by Tencent's own library. */
export function officialTicket(order: TicketOrder): string {
  const { sdkAppId, secret, userId, expireS = 86_400, issuedAt } = order;
  const api = new library.Api(sdkAppId, secret);
  if (issuedAt === undefined) return api.genUserSig(userId, expireS);
  // The library looks at the clock itself. It does so within this one synchronous call.
  const { now } = Date;
  Date.now = () => issuedAt * 1000;
  try {
    return api.genUserSig(userId, expireS);
  } finally {
    Date.now = now;
  }
}
