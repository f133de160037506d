import { decodeServerFrame } from '../../protocol/codec.ts';
import { handshakeSubprotocols } from '../../protocol/handshake.ts';
import { handshakeEnd, loginMessage, maskedMessage, type BenchApp } from './frames.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';
import { xmpp } from './xmpp.ts';

/** What a message means to a client that waits for its login. */
export type Step =
  | { readonly kind: 'in' }
  | { readonly kind: 'waits' }
  | { readonly kind: 'failed'; readonly why: string };

/** How clients log in to one kind of server: what they send, and what the answers mean. */
export interface Dialogue {
  /** Where the WebSocket is, unless a target says otherwise, and the subprotocol that is asked for. */
  readonly path: string;
  readonly subprotocol: string | undefined;
  /** What the answer to the handshake says where that has the login in it; left out: the login is a message of its own. */
  readonly tookLogin?: string;
  /**
   * The message, or messages, of one user's login, masked, sent as soon as the WebSocket is open; with `tookLogin` the last lines of the
   * handshake.
   */
  readonly messageOf: (app: BenchApp, userId: string) => Buffer;
  /** What the payload of a message means before the login holds. */
  readonly read: (payload: Buffer) => Step;
  /** What is sent back to a message at any time, for servers that ask for signs of life. */
  readonly replyTo: (payload: Buffer) => Buffer | undefined;
}

const isIn: Step = { kind: 'in' };
const waits: Step = { kind: 'waits' };
const ticketLifeS = 3600;
const textMessage = 1;

const gatehouse: Dialogue = {
  path: '/',
  subprotocol: 'gatehouse.v1.msgpack',
  messageOf: loginMessage,
  read: (payload) => {
    const decoded = decodeServerFrame(payload, 'msgpack');
    const frame = decoded.kind === 'frame' ? decoded.frame : undefined;
    if (frame?.name === 'loggedIn') return isIn;
    const why = frame?.name === 'failed' ? `code ${frame.code}` : 'an answer that is none';
    return { kind: 'failed', why };
  },
  replyTo: () => undefined,
};

/** The same, logged in within the handshake (rule CONN-10). */
const gatehouseHandshake: Dialogue = {
  ...gatehouse,
  subprotocol: undefined,
  tookLogin: handshakeSubprotocols.msgpack,
  messageOf: handshakeEnd,
};

const enginePing = '2'.charCodeAt(0);
const enginePong = maskedMessage(textMessage, Buffer.from('3'));

/** Engine.IO 4 over a WebSocket alone: 0 = open, 2 = ping, 40 = connect, 42 = event, 44 = refused. */
const socketio: Dialogue = {
  path: '/socket.io/?EIO=4&transport=websocket',
  subprotocol: undefined,
  messageOf: ({ sdkAppId, secret }, userId) => {
    const issuedAt = Math.floor(Date.now() / 1000);
    const userSig = makeUserSig({ sdkAppId, secret, userId, expireS: ticketLifeS, issuedAt });
    const auth = { sdkAppId, userId, userSig, instanceId: `${userId}-device`, platform: 'android' };
    return maskedMessage(textMessage, Buffer.from(`40${JSON.stringify(auth)}`));
  },
  read: (payload) => {
    const words = payload.toString('latin1', 0, 13);
    if (words.startsWith('42["loggedIn"')) return isIn;
    return words.startsWith('44') ? { kind: 'failed', why: 'refused' } : waits;
  },
  replyTo: (payload) =>
    payload.length === 1 && payload[0] === enginePing ? enginePong : undefined,
};

/** Every dialogue, by its name: a further peer has its own here. */
export const dialogues = {
  gatehouse,
  gatehouseHandshake,
  socketio,
  xmpp,
} as const satisfies Record<string, Dialogue>;
export type DialogueName = keyof typeof dialogues;
