import { dialogues, type Dialogue } from './dialogue.ts';
import { maskedMessage } from './frames.ts';
import { connectTo, handshakeTo, type ClientLink, type Connect } from './link.ts';
import type { Target } from './target.ts';

/** Who hears what becomes of a socket. */
export interface LoginListener {
  /** The login holds; times in milliseconds of `performance.now()`. */
  loggedIn(socket: LoginSocket): void;
  /** It ended, or was refused, before it was in. */
  failed(socket: LoginSocket, why: string): void;
  /** It ended after it was in, without our doing. */
  lost(socket: LoginSocket, why: string): void;
  /** A message has come after the login; its bytes are overwritten when this returns. */
  received?(socket: LoginSocket, payload: Buffer): void;
}

type Step = 'connecting' | 'upgrading' | 'loggingIn' | 'loggedIn' | 'over';

const opcode = { close: 8, ping: 9, pong: 10 } as const;
const upgraded = Buffer.from('HTTP/1.1 101');
const endOfHead = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/**
 * One client, as lean as Node allows: a raw socket or one of TLS, reads into shared memory, no closure of its own, and bytes
 * that were made beforehand. It checks no more of the protocol than a load generator must.
 */
export class LoginSocket {
  startedAt = 0;
  /** When the login frame went out: with the handshake, or behind it. */
  sentAt = 0;
  loggedInAt = 0;
  #step: Step = 'connecting';
  #link: ClientLink | undefined;
  #target: Target | undefined;
  /** Of the last read, when it ended within a message. */
  #rest: Buffer = nothing;
  #message: Buffer;
  readonly #connect: Connect;
  readonly #listener: LoginListener;
  readonly #dialogue: Dialogue;

  /** `message` is what `dialogue` sends for this user, over what `connect` makes. */
  constructor(
    message: Buffer,
    listener: LoginListener,
    dialogue: Dialogue = dialogues.gatehouse,
    connect: Connect = connectTo,
  ) {
    this.#connect = connect;
    this.#message = message;
    this.#listener = listener;
    this.#dialogue = dialogue;
  }

  /** Connects from `localAddress`, or from where the system likes, shakes hands and logs in. */
  open(target: Target, localAddress: string | undefined): void {
    this.startedAt = performance.now();
    this.#target = target;
    const connect = this.#connect;
    this.#link = connect(target, localAddress, this);
  }

  /** Sends bytes that are a whole message. */
  write(message: Buffer): void {
    this.#link?.write(message);
  }

  /** Ends the connection as fast as there is: a reset leaves nothing behind on either side. */
  cut(): void {
    this.#step = 'over';
    if (this.#target?.tls === undefined) this.#link?.resetAndDestroy();
    else this.#link?.destroy();
  }

  connected(): void {
    if (this.#target === undefined) return;
    this.#step = 'upgrading';
    const handshake = handshakeTo(this.#target, this.#dialogue);
    if (this.#dialogue.tookLogin === undefined) this.write(handshake);
    else this.#sendLogin(Buffer.concat([handshake, this.#message]));
  }

  ended(why: string): void {
    if (this.#step === 'over') return;
    const wasIn = this.#step === 'loggedIn';
    this.cut();
    if (wasIn) this.#listener.lost(this, why);
    else this.#listener.failed(this, why);
  }

  received(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#step === 'upgrading') bytes = this.#readHead(bytes);
    if (this.#step === 'loggingIn' || this.#step === 'loggedIn') bytes = this.#readFrames(bytes);
    // The bytes lie in memory that the next read overwrites.
    this.#rest = bytes.length === 0 ? nothing : Buffer.from(bytes);
  }

  #readHead(bytes: Buffer): Buffer {
    const end = bytes.indexOf(endOfHead);
    if (end < 0) return bytes;
    if (bytes.compare(upgraded, 0, upgraded.length, 0, upgraded.length) !== 0) {
      this.ended(`http ${bytes.toString('latin1', 9, 12)}`);
      return nothing;
    }
    this.#step = 'loggingIn';
    const { tookLogin } = this.#dialogue;
    if (tookLogin === undefined) this.#sendLogin(this.#message);
    else if (bytes.indexOf(tookLogin) < 0 || bytes.indexOf(tookLogin) > end) {
      this.ended('the login was not taken from the handshake');
      return nothing;
    }
    return bytes.subarray(end + endOfHead.length);
  }

  #sendLogin(bytes: Buffer): void {
    this.sentAt = performance.now();
    this.write(bytes);
    // It is not needed again, and many sockets hold one.
    this.#message = nothing;
  }

  #readFrames(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.length >= 2 && this.#step !== 'over') {
      const short = (rest[1] as number) & 0x7f;
      const headLength = short === 126 ? 4 : 2;
      if (rest.length < headLength) break;
      const end = headLength + (short === 126 ? rest.readUInt16BE(2) : short);
      if (rest.length < end) break;
      this.#onFrame((rest[0] as number) & 0x0f, rest.subarray(headLength, end));
      rest = rest.subarray(end);
    }
    return rest;
  }

  #onFrame(kind: number, payload: Buffer): void {
    if (kind === opcode.ping) this.write(maskedMessage(opcode.pong, payload));
    else if (kind === opcode.close)
      this.ended(payload.length < 2 ? 'close' : `close ${payload.readUInt16BE(0)}`);
    else this.#onMessage(payload);
  }

  #onMessage(payload: Buffer): void {
    const reply = this.#dialogue.replyTo(payload);
    if (reply !== undefined) this.write(reply);
    else if (this.#step === 'loggingIn') this.#onAnswer(payload);
    else this.#listener.received?.(this, payload);
  }

  #onAnswer(payload: Buffer): void {
    const step = this.#dialogue.read(payload);
    if (step.kind === 'waits') return;
    if (step.kind === 'failed') return this.ended(step.why);
    this.#step = 'loggedIn';
    this.loggedInAt = performance.now();
    this.#listener.loggedIn(this);
  }
}
