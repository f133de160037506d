import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { decodeClientFrame, encode } from '../../protocol/codec.ts';
import type { ClientFrame, Frame, ServerFrame } from '../../protocol/frames.ts';
import { handshakeSubprotocols, offeredLogin, subprotocols } from '../../protocol/handshake.ts';

/** One connection as the script sees it. */
export interface Visit {
  /** Counts from 1. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly login: Frame<'login'>;
  send(frame: ServerFrame): void;
  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array): void;
  /** Answers the login. */
  admit(): void;
  refuse(code: number, retryAfterMs?: number): void;
  close(code: number): void;
}

/** Answers a request with frames. */
export type Answer = (frame: ClientFrame) => readonly ServerFrame[];

/**
 * A gateway that does what no real one can be brought to at the right moment. It answers pings and logouts; the script
 * does everything else.
 */
export class ScriptedGateway {
  readonly #server: WebSocketServer;
  readonly visits: Visit[] = [];
  /** What happens at each login. */
  script: (visit: Visit) => void = (visit) => visit.admit();
  /** What is sent for all other requests. */
  answer: Answer = () => [];
  /** Every request that came, on whatever connection. */
  readonly requests: ClientFrame[] = [];
  /** The HTTP status that refuses connections; 0: none does. */
  httpStatus = 0;
  /** What becomes of a login within a handshake: it is taken, left to a frame, refused with HTTP 431, or cut. */
  handshakeLogin: 'taken' | 'left' | 'refused' | 'cut' = 'left';
  /** What each connection has offered as subprotocols. */
  readonly offers: (readonly string[])[] = [];

  private constructor() {
    this.#server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      verifyClient: ({ req }, answer) => {
        const offer = (req.headers['sec-websocket-protocol'] ?? '').split(',');
        this.offers.push(offer);
        const status = this.httpStatus === 0 && offer.length > 1 ? this.#statusOfLogin : 0;
        if (status < 0) req.socket.destroy();
        else answer(this.httpStatus + status === 0, this.httpStatus + status);
      },
      handleProtocols: (names) =>
        this.handshakeLogin === 'taken' && names.has(handshakeSubprotocols.msgpack)
          ? handshakeSubprotocols.msgpack
          : subprotocols.msgpack,
    });
    this.#server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway();
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get #statusOfLogin(): number {
    if (this.handshakeLogin === 'refused') return 431;
    return this.handshakeLogin === 'cut' ? -1 : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(socket: WebSocket): void {
    const startedAtMs = performance.now();
    const send = (frame: ServerFrame): void =>
      socket.send(Uint8Array.from(encode(frame, 'msgpack') as Uint8Array));
    const take = (data: Buffer): void => {
      const decoded = decodeClientFrame(data, 'msgpack');
      if (decoded.kind !== 'frame') throw new Error('the client sent no frame');
      const { frame } = decoded;
      this.requests.push(frame);
      if (frame.name === 'ping') send({ name: 'pong', seq: frame.seq });
      if (frame.name === 'logout') send({ name: 'loggedOut', seq: frame.seq });
      if (frame.name !== 'login') return this.answer(frame).forEach(send);
      const { seq } = frame;
      const visit: Visit = {
        number: this.visits.length + 1,
        startedAtMs,
        login: frame,
        send,
        sendRaw: (bytes) => socket.send(bytes),
        admit: () =>
          send({
            name: 'loggedIn',
            seq,
            sessionId: `s-${this.visits.length}`,
            serverTime: 1,
            ticketEndsAt: 2,
            repeatLogin: false,
            watches: 0,
            pushNumber: 0,
          }),
        refuse: (code, retryAfterMs = 0) =>
          send({ name: 'failed', seq, code, message: 'as the script says', retryAfterMs }),
        close: (code) => socket.close(code),
      };
      this.visits.push(visit);
      this.script(visit);
    };
    socket.on('message', take);
    if (socket.protocol !== handshakeSubprotocols.msgpack) return;
    take(Buffer.from(offeredLogin(this.offers.at(-1) ?? []) ?? []));
  }
}
