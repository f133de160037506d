import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeServerFrame, encode, type Encoding } from '../../protocol/codec.ts';
import type { ClientFrame, Frame, FrameName, ServerFrame } from '../../protocol/frames.ts';
import { offerLogin, subprotocols } from '../../protocol/handshake.ts';

/** What a connection can still bring: a frame, or its end. */
export type Arrival =
  | ServerFrame
  | { readonly name: 'closed'; readonly code: number; readonly reason: string };

interface Waiter {
  readonly wants: (arrival: Arrival) => boolean;
  readonly resolve: (arrival: Arrival) => void;
  readonly reject: (error: Error) => void;
}

/** How a frame client connects. */
export interface FrameClientOptions {
  readonly encoding?: Encoding;
  /** The longest wait for any frame; only a failing test waits so long. */
  readonly patienceMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly localAddress?: string;
  readonly isSelfSigned?: boolean;
  /** A login that is offered within the handshake (rule CONN-10). */
  readonly login?: Frame<'login'>;
}

type LoginFields = Pick<Frame<'login'>, 'sdkAppId' | 'userId' | 'userSig'> &
  Partial<Frame<'login'>>;

/**
 * A client that speaks frames over `ws` and keeps everything that arrives in a queue, so that a test that asks
 * late misses nothing. It does nothing by itself: no reconnect, no renewal.
 */
export class FrameClient {
  readonly #socket: WebSocket;
  readonly #encoding: Encoding;
  readonly #patienceMs: number;
  readonly #arrived: Arrival[] = [];
  readonly #waiters: Waiter[] = [];
  #seq = 0;
  #end: string | undefined;

  /** Fulfilled when the connection has ended; `closed()` gives the code. */
  readonly ended: Promise<void>;

  private constructor(socket: WebSocket, options: FrameClientOptions) {
    this.#socket = socket;
    this.#encoding = options.encoding ?? 'msgpack';
    this.#patienceMs = options.patienceMs ?? 10_000;
    socket.on('message', (data: Buffer) => this.#onMessage(data));
    socket.on('close', (code, reason) =>
      this.#onArrival({ name: 'closed', code, reason: reason.toString() }),
    );
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
  }

  /** Opens a connection; rejects with the HTTP status in the message when the gateway refuses it. */
  static async connect(url: string, options: FrameClientOptions = {}): Promise<FrameClient> {
    const { encoding = 'msgpack', login } = options;
    const offer = login ? offerLogin(encode(login, encoding), encoding) : subprotocols[encoding];
    const socket = new WebSocket(url, offer, {
      ...(options.headers && { headers: options.headers }),
      ...(options.localAddress && { localAddress: options.localAddress }),
      rejectUnauthorized: !(options.isSelfSigned ?? false),
      perMessageDeflate: false,
    });
    const client = new FrameClient(socket, options);
    await once(socket, 'open');
    return client;
  }

  /** The subprotocol the gateway selected. */
  get subprotocol(): string {
    return this.#socket.protocol;
  }

  /** Sends a frame with the next sequence number and gives that number back. */
  send(frame: DistributiveOmit<ClientFrame, 'seq'>): number {
    const seq = ++this.#seq;
    this.#socket.send(encode({ ...frame, seq }, this.#encoding));
    return seq;
  }

  /** Sends bytes or text as they are. */
  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  /** Sends a request and waits for its reply, whatever it is. */
  async request(frame: DistributiveOmit<ClientFrame, 'seq'>): Promise<ServerFrame> {
    const seq = this.send(frame);
    const arrival = await this.#wait(
      (a) => a.name !== 'closed' && a.seq === seq,
      `a reply to ${frame.name}`,
    );
    return arrival as ServerFrame;
  }

  /** A login with a fresh instance on the web unless the fields say otherwise. */
  login(fields: LoginFields): Promise<ServerFrame> {
    return this.request({
      name: 'login',
      instanceId: randomUUID(),
      platform: 'web',
      automatic: false,
      client: 'gatehouse-test',
      afterPush: 0,
      ...fields,
    });
  }

  /** The next frame of this name, from the queue or when it arrives. */
  async next<N extends FrameName>(name: N): Promise<Frame<N>> {
    return (await this.#wait((a) => a.name === name, `a ${name} frame`)) as Frame<N>;
  }

  /** The next frame or the end, whatever it is. */
  arrival(): Promise<Arrival> {
    return this.#wait(() => true, 'anything');
  }

  /** The close code, when the connection has ended. */
  async closed(): Promise<number> {
    const arrival = await this.#wait((a) => a.name === 'closed', 'the close');
    return (arrival as Arrival & { name: 'closed' }).code;
  }

  /** Whether the connection has not ended yet. */
  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Everything that has arrived and that nobody has asked for yet. */
  get unread(): readonly Arrival[] {
    return this.#arrived;
  }

  /** Stops or goes on reading from the socket. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes in the polite way. */
  close(): void {
    this.#socket.close(1000);
  }

  /** Cuts the connection as a lost network would. */
  cut(): void {
    this.#socket.terminate();
  }

  #onMessage(data: Buffer): void {
    const decoded = decodeServerFrame(data, this.#encoding);
    if (decoded.kind !== 'frame')
      throw new Error(`the gateway sent no valid frame: ${data.toString('hex')}`);
    this.#onArrival(decoded.frame);
  }

  #onArrival(arrival: Arrival): void {
    const at = this.#waiters.findIndex((waiter) => waiter.wants(arrival));
    if (at >= 0) this.#waiters.splice(at, 1)[0]?.resolve(arrival);
    else this.#arrived.push(arrival);
    if (arrival.name !== 'closed') return;
    this.#end = `the connection closed with ${arrival.code} ${arrival.reason}`;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error(this.#end));
  }

  #wait(wants: (arrival: Arrival) => boolean, what: string): Promise<Arrival> {
    const at = this.#arrived.findIndex(wants);
    if (at >= 0) return Promise.resolve(this.#arrived.splice(at, 1)[0] as Arrival);
    if (this.#end !== undefined) {
      return Promise.reject(new Error(`waited for ${what}, but ${this.#end}`));
    }
    const { promise, resolve, reject } = withResolvers<Arrival>();
    const timer = setTimeout(
      () =>
        reject(
          new Error(
            `waited ${this.#patienceMs} ms for ${what}; unread: ${JSON.stringify(this.#arrived)}`,
          ),
        ),
      this.#patienceMs,
    );
    this.#waiters.push({ wants, resolve, reject });
    return promise.finally(() => clearTimeout(timer));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** `Promise.withResolvers`, which Node has from version 22 on. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
