import { randomBytes } from 'node:crypto';
import { encode } from '../../protocol/codec.ts';
import { offerLogin } from '../../protocol/handshake.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';

/** The app that the bench logs in to. */
export interface BenchApp {
  readonly sdkAppId: number;
  readonly secret: string;
}

/** What a login may say besides who it is. */
export interface LoginExtras {
  readonly instanceId?: string;
  /** When the ticket ends, in Unix seconds; an hour from now where nothing is said. */
  readonly ticketEndsAt?: number;
  readonly automatic?: boolean;
  /** android where nothing is said. */
  readonly platform?: Platform;
}

/** All of a login. */
export interface LoginWords extends LoginExtras {
  readonly app: BenchApp;
  readonly userId: string;
  readonly ticketEndsAt: number;
}

const ticketLifeS = 3600;
/** `seq` of the login frame; each connection sends one request. */
export const loginSeq = 1;

/**
 * The login of one user as a WebSocket message, masked and ready to be written (RFC 6455, 5.2). Everything that
 * a client would compute is done here, before the clock runs.
 */
export function loginMessage(app: BenchApp, userId: string, extras: LoginExtras = {}): Buffer {
  return maskedMessage(2, loginFrame(app, userId, extras));
}

/** The same as the last lines of a handshake, the blank one included (rule CONN-10). */
export function handshakeEnd(app: BenchApp, userId: string): Buffer {
  const names = offerLogin(loginFrame(app, userId, {}), 'msgpack');
  return Buffer.from(`Sec-WebSocket-Protocol: ${names.join(', ')}\r\n\r\n`);
}

function loginFrame(app: BenchApp, userId: string, extras: LoginExtras): Uint8Array {
  const issuedAt = Math.floor(Date.now() / 1000);
  const { ticketEndsAt = issuedAt + ticketLifeS, automatic = false } = extras;
  const userSig = makeUserSig({
    ...app,
    userId,
    expireS: ticketEndsAt - issuedAt,
    issuedAt,
  });
  return encode(
    {
      name: 'login',
      seq: loginSeq,
      sdkAppId: app.sdkAppId,
      userId,
      userSig,
      instanceId: extras.instanceId ?? `${userId}-device`,
      platform: extras.platform ?? 'android',
      automatic,
      client: 'gatehouse-bench',
      afterPush: 0,
    },
    'msgpack',
  ) as Uint8Array;
}

/** One unfragmented, masked message of less than 64 KiB. */
export function maskedMessage(opcode: number, payload: Uint8Array): Buffer {
  const headLength = payload.length < 126 ? 2 : 4;
  const message = Buffer.allocUnsafeSlow(headLength + 4 + payload.length);
  message[0] = 0x80 | opcode;
  if (headLength === 2) message[1] = 0x80 | payload.length;
  else {
    message[1] = 0x80 | 126;
    message.writeUInt16BE(payload.length, 2);
  }
  const mask = randomBytes(4);
  mask.copy(message, headLength);
  for (let i = 0; i < payload.length; i++) {
    message[headLength + 4 + i] = (payload[i] as number) ^ (mask[i & 3] as number);
  }
  return message;
}

/** The request that opens a WebSocket (RFC 6455, 4.1). The key is the same each time: nobody checks it. */
export function handshakeFor(host: string, path: string, subprotocol: string | undefined): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}
