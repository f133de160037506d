import type { Encoding } from './codec.ts';

/** The name a client offers in `Sec-WebSocket-Protocol` for each encoding (rule CONN-1). */
export const subprotocols = {
  msgpack: 'gatehouse.v1.msgpack',
  json: 'gatehouse.v1.json',
} as const satisfies Record<Encoding, string>;

/** The name a client offers besides the plain one, and the gateway selects, for a login within the handshake (rule CONN-10). */
export const handshakeSubprotocols = {
  msgpack: 'gatehouse.v1.msgpack+login',
  json: 'gatehouse.v1.json+login',
} as const satisfies Record<Encoding, string>;

/** Begins the offered name that is the login itself: the encoded frame in base64url, without padding, follows. */
export const handshakeLoginPrefix = 'gatehouse.login.';

/**
 * What a client that holds its ticket offers in Sec-WebSocket-Protocol (rule CONN-10). The plain name stands first: a server
 * that knows nothing of this and selects the first name promises nothing with it.
 * @param login the encoded login frame
 */
export function offerLogin(login: Uint8Array | string, encoding: Encoding): string[] {
  const bytes = typeof login === 'string' ? new TextEncoder().encode(login) : login;
  const base64 = btoa(String.fromCharCode(...bytes));
  const token = base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return [
    subprotocols[encoding],
    handshakeSubprotocols[encoding],
    `${handshakeLoginPrefix}${token}`,
  ];
}

/** The encoded login frame of an offer, the opposite of `offerLogin`; `undefined` where there is none, or nothing that can be read. */
export function offeredLogin(offer: readonly string[]): Uint8Array | undefined {
  const name = offer.find((one) => one.startsWith(handshakeLoginPrefix));
  if (name === undefined) return undefined;
  const base64 = name.slice(handshakeLoginPrefix.length).replaceAll('-', '+').replaceAll('_', '/');
  try {
    return Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  } catch {
    return undefined;
  }
}
