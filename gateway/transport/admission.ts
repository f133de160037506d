import { subprotocols, type Encoding } from '../../protocol/codec.ts';
import type { RefusalReason } from './counters.ts';
import { isAllowedOrigin, type AllowedOrigins } from './origins.ts';
import type { PendingSockets } from './pending.ts';

/** What a request asks, as far as admission looks at it. A header that is missing is empty text. */
export interface UpgradeRequest {
  /** In upper case. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly upgrade: string;
  readonly connection: string;
  readonly version: string;
  readonly key: string;
  readonly origin: string;
  /** The value of Sec-WebSocket-Protocol. */
  readonly protocols: string;
  /** Canonical text of the peer's address. */
  readonly address: string;
}

/** What admission is decided by. */
export interface AdmissionRules {
  readonly origins: AllowedOrigins;
  readonly pending: PendingSockets;
  readonly isDraining: boolean;
}

/** An answer in plain HTTP; the connection ends with it. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** Status code and phrase. */
  readonly status: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** One line for a developer. */
  readonly text: string;
}

/** What to do with a request: make it a WebSocket of this encoding, or refuse it. */
export type Verdict = { readonly kind: 'admitted'; readonly encoding: Encoding } | Refusal;

/** The only path of the public port that opens a WebSocket; a query is allowed and ignored. */
const socketPath = '/';

const admitted = {
  msgpack: { kind: 'admitted', encoding: 'msgpack' },
  json: { kind: 'admitted', encoding: 'json' },
} as const;

const offers = `${subprotocols.msgpack} or ${subprotocols.json}`;

const refusals: Record<RefusalReason, Refusal> = {
  path: refusal('path', '404 Not Found', 'nothing is here: the WebSocket is at /'),
  method: refusal('method', '405 Method Not Allowed', 'the WebSocket handshake is a GET', [
    ['Allow', 'GET'],
  ]),
  notUpgrade: refusal(
    'notUpgrade',
    '426 Upgrade Required',
    'this is a WebSocket endpoint: connect with a WebSocket client',
    [['Upgrade', 'websocket']],
  ),
  version: refusal('version', '426 Upgrade Required', 'this gateway speaks WebSocket version 13', [
    ['Sec-WebSocket-Version', '13'],
    ['Upgrade', 'websocket'],
  ]),
  key: refusal('key', '400 Bad Request', 'Sec-WebSocket-Key must be 16 bytes in base64'),
  origin: refusal('origin', '403 Forbidden', 'this origin may not connect'),
  subprotocol: refusal(
    'subprotocol',
    '400 Bad Request',
    `offer ${offers} in Sec-WebSocket-Protocol`,
  ),
  draining: refusal('draining', '503 Service Unavailable', 'this node leaves service', [
    ['Retry-After', '1'],
  ]),
  tooManyPending: refusal(
    'tooManyPending',
    '503 Service Unavailable',
    'too many connections wait for their login',
    [['Retry-After', '5']],
  ),
  tooManyPendingFromAddress: refusal(
    'tooManyPendingFromAddress',
    '429 Too Many Requests',
    'too many connections of this address wait for their login',
    [['Retry-After', '10']],
  ),
};

/**
 * Decides what becomes of a request on the public port (RFC 6455 section 4.2.1, rules CONN-1, CONN-3 and CONN-5). Changes nothing:
 * the connection that is made of an admitted request counts itself.
 */
export function decideAdmission(request: UpgradeRequest, rules: AdmissionRules): Verdict {
  if (request.path !== socketPath) return refusals.path;
  if (request.method !== 'GET') return refusals.method;
  const malformed = handshakeFault(request);
  if (malformed !== undefined) return refusals[malformed];
  if (!isAllowedOrigin(request.origin, rules.origins)) return refusals.origin;
  const encoding = chooseEncoding(request.protocols);
  if (encoding === undefined) return refusals.subprotocol;
  if (rules.isDraining) return refusals.draining;
  const room = rules.pending.roomFor(request.address);
  return room === 'free' ? admitted[encoding] : refusals[room];
}

const upgradeToken = /(?:^|[\s,])upgrade(?:$|[\s,])/i;
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

function handshakeFault(request: UpgradeRequest): RefusalReason | undefined {
  if (request.upgrade.toLowerCase() !== 'websocket') return 'notUpgrade';
  if (!upgradeToken.test(request.connection)) return 'notUpgrade';
  if (request.version !== '13') return 'version';
  return keyPattern.test(request.key) ? undefined : 'key';
}

/** Longest offer looked at; ours are 20 characters each. */
const longestOffer = 256;
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * The encoding of an offer in Sec-WebSocket-Protocol: MessagePack when both are in it. `undefined` when none is,
 * or when the header is not a list of different tokens.
 */
export function chooseEncoding(offer: string): Encoding | undefined {
  // The usual offer, at every login, needs no taking apart.
  if (offer === subprotocols.msgpack) return 'msgpack';
  if (offer.length > longestOffer) return undefined;
  const names = offer.split(',').map((name) => name.trim());
  if (new Set(names).size < names.length) return undefined;
  if (!names.every((name) => tokenPattern.test(name))) return undefined;
  if (names.includes(subprotocols.msgpack)) return 'msgpack';
  return names.includes(subprotocols.json) ? 'json' : undefined;
}

function refusal(
  reason: RefusalReason,
  status: string,
  text: string,
  headers: Refusal['headers'] = [],
): Refusal {
  const all: Refusal['headers'] = [['Content-Type', 'text/plain; charset=utf-8'], ...headers];
  return { kind: 'refused', reason, status, headers: all, text };
}
