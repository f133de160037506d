import type { Encoding } from '../../protocol/codec.ts';
import { handshakeSubprotocols, subprotocols } from '../../protocol/handshake.ts';
import type { RefusalReason } from './counters.ts';
import { isAllowedOrigin, type AllowedOrigins } from './origins.ts';
import { readOffer, type Offer } from './offer.ts';
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
  /** Whether logins are taken from handshakes. */
  readonly takesLogins: boolean;
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

/** A request that becomes a WebSocket. */
export interface Admission {
  readonly kind: 'admitted';
  readonly encoding: Encoding;
  /** The name to select. */
  readonly subprotocol: string;
  /** The login frame in base64url, where one was taken from the handshake: the first message of the connection. */
  readonly login: string | undefined;
}

/** What to do with a request: make it a WebSocket, or refuse it. */
export type Verdict = Admission | Refusal;

/** The only path of the public port that opens a WebSocket; a query is allowed and ignored. */
const socketPath = '/';

const admitted: Record<Encoding, Admission> = {
  msgpack: admissionOf('msgpack', subprotocols.msgpack),
  json: admissionOf('json', subprotocols.json),
};

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
  const offer = readOffer(request.protocols);
  const admission = offer && select(offer, rules.takesLogins);
  if (admission === undefined) return refusals.subprotocol;
  if (rules.isDraining) return refusals.draining;
  const room = rules.pending.roomFor(request.address);
  return room === 'free' ? admission : refusals[room];
}

function select({ encoding, login }: Offer, takesLogins: boolean): Admission | undefined {
  if (login !== undefined && takesLogins) {
    return admissionOf(login.encoding, handshakeSubprotocols[login.encoding], login.token);
  }
  return encoding && admitted[encoding];
}

function admissionOf(encoding: Encoding, subprotocol: string, login?: string): Admission {
  return { kind: 'admitted', encoding, subprotocol, login };
}

const upgradeToken = /(?:^|[\s,])upgrade(?:$|[\s,])/i;
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

function handshakeFault(request: UpgradeRequest): RefusalReason | undefined {
  if (request.upgrade.toLowerCase() !== 'websocket') return 'notUpgrade';
  if (!upgradeToken.test(request.connection)) return 'notUpgrade';
  if (request.version !== '13') return 'version';
  return keyPattern.test(request.key) ? undefined : 'key';
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
