import { GatehouseError } from './gatehouse-error.ts';
import type { WebSocketClass, WebSocketLike } from './web-socket.ts';

const subprotocol = 'gatehouse.v1.msgpack';
/** What a gateway selects that has taken the login from the handshake (rule CONN-10). */
export const tookLogin = `${subprotocol}+login`;
/** Most characters of a login within a handshake (rule CONN-11). */
const longestLogin = 2048;

/**
 * Begins a connection.
 * @param login a login frame to offer within the handshake; one that is too long for that is left out
 * @throws GatehouseError 9511 where the address is none, or the page's own rules forbid it
 */
export function connect(
  WebSocket: WebSocketClass,
  url: string,
  login: Uint8Array | undefined,
): WebSocketLike {
  const names = [subprotocol];
  if (login !== undefined) {
    const token = base64url(login);
    if (token.length <= longestLogin) names.push(tookLogin, `gatehouse.login.${token}`);
  }
  try {
    return new WebSocket(url, names);
  } catch (cause) {
    throw new GatehouseError(9511, { message: `no connection can be made to ${url}`, cause });
  }
}

/** A connection that did not come about, which may pass. */
export function unreachable(message: string): GatehouseError {
  return new GatehouseError(6200, { message });
}

/**
 * Why no connection came about. HTTP 429 and 503 pass, and so may what a proxy says; anything else stays until somebody
 * changes the set-up (rule CLOSE-4). Browsers do not tell the status: 0.
 */
export function refusal(status: number): GatehouseError {
  if (status < 300 || status >= 500 || status === 429) {
    return unreachable('the gateway cannot be reached');
  }
  return new GatehouseError(9511, {
    message: `the gateway refuses the connection with HTTP ${status}`,
  });
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replace(/[+/=]/g, (odd) => (odd === '+' ? '-' : odd === '/' ? '_' : ''));
}
