import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Opcodes of RFC 6455 section 5.2. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Where and how to connect. */
export interface RawTarget {
  readonly port: number;
  readonly host?: string;
  /** Source address; any of 127.0.0.0/8 works on Linux. */
  readonly localAddress?: string;
  readonly tls?: boolean;
}

/** The answer to a handshake. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; a repeated header is joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** How to lay out one WebSocket frame; whatever is left out is what an honest client does. */
export interface FrameLayout {
  readonly opcode?: number;
  readonly payload?: Uint8Array | string;
  /** False: a fragment, more follow. */
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** The three reserved bits as 0 to 7. */
  readonly reserved?: number;
  /** Write the length in 16 or 64 bits even when it is short, */
  readonly lengthBits?: 7 | 16 | 64;
  /** or declare another length than the payload has. */
  readonly declaredLength?: bigint;
}

/** One frame of the server, as it came. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** How a connection ended. 1006 stands for an end without a close frame. */
export interface RawEnd {
  readonly code: number;
  readonly reason: string;
}

/** Bytes of one frame, masked unless told otherwise. */
export function frameBytes(layout: FrameLayout): Buffer {
  const payload = Buffer.from(layout.payload ?? '');
  const isMasked = layout.masked ?? true;
  const first =
    ((layout.fin ?? true) ? 0x80 : 0) | ((layout.reserved ?? 0) << 4) | (layout.opcode ?? 2);
  const head = lengthBytes(layout.declaredLength ?? BigInt(payload.length), layout.lengthBits);
  if (isMasked) head[0] = (head[0] ?? 0) | 0x80;
  if (!isMasked) return Buffer.concat([Buffer.of(first), head, payload]);
  const mask = randomBytes(4);
  const hidden = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.of(first), head, mask, hidden]);
}

/** The text of an honest handshake; `headers` replaces or, with `undefined`, leaves out single headers. */
export function handshakeText(
  path = '/',
  headers: Readonly<Record<string, string | undefined>> = {},
  requestLine = `GET ${path} HTTP/1.1`,
): string {
  const all: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'gatehouse.v1.msgpack',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [requestLine, ...lines, '', ''].join('\r\n');
}

/**
 * A WebSocket client for tests with its hands on every byte: it checks nothing, so that it can break each rule.
 * Frames that arrive are queued; waiting methods reject when the connection ends first. Of itself it only answers a
 * close frame.
 */
export class RawClient {
  readonly socket: Socket;
  /** False: a close frame of the server stays without answer. */
  answersClose = true;
  readonly frames: RawFrame[] = [];
  /** Fulfilled when the TCP connection is over. */
  readonly ended: Promise<RawEnd>;
  #bytes = Buffer.alloc(0);
  #answer: HttpAnswer | undefined;
  #close: RawEnd | undefined;
  #isOver = false;
  #wake = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    // A reset is one of the ways to end; `close` follows.
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isOver = true;
        this.#endOfAnswer();
        resolve(this.#close ?? { code: 1006, reason: '' });
        this.#wakeAll();
      });
    });
  }

  /** A TCP or TLS connection, nothing sent yet. */
  static async connect(target: RawTarget): Promise<RawClient> {
    const { port, host = '127.0.0.1', localAddress } = target;
    const where = localAddress === undefined ? { port, host } : { port, host, localAddress };
    const socket = target.tls
      ? connectTls({ ...where, rejectUnauthorized: false })
      : connectTcp(where);
    socket.setNoDelay(true);
    await once(socket, target.tls ? 'secureConnect' : 'connect');
    return new RawClient(socket);
  }

  /** A WebSocket connection with an honest handshake; throws when it is refused. */
  static async open(
    target: RawTarget,
    protocol = 'gatehouse.v1.msgpack',
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(target);
    client.sendText(handshakeText('/', { 'Sec-WebSocket-Protocol': protocol, ...headers }));
    const answer = await client.answer();
    if (answer.status !== 101) throw new Error(`refused: ${answer.status} ${answer.body}`);
    return client;
  }

  /** The answer to one handshake on a connection of its own. */
  static async ask(target: RawTarget, text: string): Promise<HttpAnswer> {
    const client = await RawClient.connect(target);
    client.sendText(text);
    const answer = await client.answer();
    client.socket.destroy();
    return answer;
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  sendText(text: string): void {
    this.socket.write(text, 'latin1');
  }

  sendFrame(layout: FrameLayout): void {
    this.sendBytes(frameBytes(layout));
  }

  /** Waits for the answer to the handshake. A body is waited for by its Content-Length. */
  async answer(): Promise<HttpAnswer> {
    await this.until(() => this.#answer !== undefined, 'an answer to the handshake');
    return this.#answer as HttpAnswer;
  }

  /** Waits for the next frame and takes it out of the queue. */
  async nextFrame(): Promise<RawFrame> {
    await this.until(() => this.frames.length > 0, 'a frame');
    return this.frames.shift() as RawFrame;
  }

  /** Waits until `holds`, looking again after each arrival; rejects when the connection ends without it. */
  async until(holds: () => boolean, what: string): Promise<void> {
    while (!holds()) {
      if (this.#isOver) throw new Error(`the connection ended before ${what} came`);
      await new Promise<void>((resolve) => this.#wake.add(resolve));
    }
  }

  /** Sends a close frame. */
  sendClose(code: number, reason = ''): void {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.sendFrame({ opcode: opcode.close, payload });
  }

  /** Ends the connection as a crashed host does: RST, no close frame. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.#answer === undefined) this.#takeAnswer();
    if (this.#answer?.status === 101) this.#takeFrames();
    this.#wakeAll();
  }

  #takeAnswer(): void {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [statusLine = '', ...lines] = this.#bytes.toString('latin1', 0, end).split('\r\n');
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
    }
    const status = Number(statusLine.split(' ')[1]);
    const length = status === 101 ? 0 : Number(headers.get('content-length') ?? 0);
    if (this.#bytes.length < end + 4 + length) return;
    const body = this.#bytes.toString('utf8', end + 4, end + 4 + length);
    this.#bytes = this.#bytes.subarray(end + 4 + length);
    this.#answer = { status, headers, body };
  }

  /** A server may close instead of answering. */
  #endOfAnswer(): void {
    this.#answer ??= { status: 0, headers: new Map(), body: '' };
  }

  #takeFrames(): void {
    for (let frame = this.#readFrame(); frame !== undefined; frame = this.#readFrame()) {
      this.frames.push(frame);
      if (frame.opcode === opcode.close) this.#onClose(frame.payload);
    }
  }

  #onClose(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE() : 1005;
    this.#close = { code, reason: payload.toString('utf8', 2) };
    if (this.answersClose && this.socket.writable)
      this.sendFrame({ opcode: opcode.close, payload });
  }

  #readFrame(): RawFrame | undefined {
    const bytes = this.#bytes;
    const short = (bytes[1] ?? 0) & 0x7f;
    const headLength = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < headLength) return undefined;
    const length =
      short === 126
        ? bytes.readUInt16BE(2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(2))
          : short;
    if (bytes.length < headLength + length) return undefined;
    const payload = bytes.subarray(headLength, headLength + length);
    this.#bytes = bytes.subarray(headLength + length);
    return { opcode: (bytes[0] ?? 0) & 0x0f, payload };
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = new Set();
    for (const wake of waiting) wake();
  }
}

function lengthBytes(length: bigint, bits: 7 | 16 | 64 | undefined): Buffer {
  const fitting = length < 126n ? 7 : length < 65_536n ? 16 : 64;
  const chosen = bits ?? fitting;
  if (chosen === 7) return Buffer.of(Number(length));
  const buffer = Buffer.alloc(chosen === 16 ? 3 : 9);
  buffer[0] = chosen === 16 ? 126 : 127;
  if (chosen === 16) buffer.writeUInt16BE(Number(length), 1);
  else buffer.writeBigUInt64BE(length, 1);
  return buffer;
}
