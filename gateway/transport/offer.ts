import type { Encoding } from '../../protocol/codec.ts';
import {
  handshakeLoginPrefix,
  handshakeSubprotocols,
  subprotocols,
} from '../../protocol/handshake.ts';
import { limits } from '../../protocol/limits.ts';

/** What a client asks for in Sec-WebSocket-Protocol, as far as it is ours. */
export interface Offer {
  /** The encoding when no login is taken from the handshake; none when only `login` makes the offer one of ours. */
  readonly encoding: Encoding | undefined;
  /** A login that can be taken from the handshake. */
  readonly login: HandshakeLogin | undefined;
}

/** A login frame within a handshake, still as text. It has a ticket in it: for no log, no error. */
export interface HandshakeLogin {
  readonly encoding: Encoding;
  /** The encoded frame in base64url, without padding. */
  readonly token: string;
}

const offersOf = {
  msgpack: { encoding: 'msgpack', login: undefined },
  json: { encoding: 'json', login: undefined },
} as const satisfies Record<Encoding, Offer>;

/** How browsers write the offer of a client that holds its ticket: what follows is the login. */
const usualLogin = `${subprotocols.msgpack}, ${handshakeSubprotocols.msgpack}, ${handshakeLoginPrefix}`;

/** Longest offer looked at: all names of this protocol, the longest login and some names of others. */
const longestOffer = 256 + handshakeLoginPrefix.length + limits.handshakeLoginLength;
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const base64url = /^[A-Za-z0-9_-]+$/;

/**
 * Reads an offer (rules CONN-1, CONN-10, CONN-11): MessagePack goes before JSON. `undefined` when nothing of ours is in it, or when
 * the header is not a list of different tokens.
 */
export function readOffer(header: string): Offer | undefined {
  // One of these comes with every login: they need no taking apart.
  if (header === subprotocols.msgpack) return offersOf.msgpack;
  if (header.startsWith(usualLogin)) {
    const token = header.slice(usualLogin.length);
    if (isLogin(token)) return { encoding: 'msgpack', login: { encoding: 'msgpack', token } };
  }
  if (header.length > longestOffer) return undefined;
  const names = header.split(',').map((name) => name.trim());
  if (new Set(names).size < names.length) return undefined;
  if (!names.every((name) => tokenPattern.test(name))) return undefined;
  const encoding = encodingIn(names, subprotocols);
  const login = loginIn(names);
  if (login !== undefined) return { encoding, login };
  return encoding === undefined ? undefined : offersOf[encoding];
}

function encodingIn(
  names: readonly string[],
  namesOf: Readonly<Record<Encoding, string>>,
): Encoding | undefined {
  if (names.includes(namesOf.msgpack)) return 'msgpack';
  return names.includes(namesOf.json) ? 'json' : undefined;
}

function loginIn(names: readonly string[]): HandshakeLogin | undefined {
  const encoding = encodingIn(names, handshakeSubprotocols);
  if (encoding === undefined) return undefined;
  const logins = names.filter((name) => name.startsWith(handshakeLoginPrefix));
  if (logins.length !== 1) return undefined;
  const token = (logins[0] ?? '').slice(handshakeLoginPrefix.length);
  return isLogin(token) ? { encoding, token } : undefined;
}

function isLogin(token: string): boolean {
  // One character behind whole groups of four makes no byte.
  if (token.length > limits.handshakeLoginLength || token.length % 4 === 1) return false;
  return base64url.test(token);
}
