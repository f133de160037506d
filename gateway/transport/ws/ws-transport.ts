import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type Server, type ServerOptions } from 'ws';
import { canonicalAddress } from '../address.ts';
import {
  decideAdmission,
  type Admission,
  type Refusal,
  type UpgradeRequest,
} from '../admission.ts';
import type { TransportCounters } from '../counters.ts';
import { pageFor, type Page } from '../pages.ts';
import type { Listening, Transport, TransportOptions, TransportParts } from '../port.ts';
import { TransportRoom } from '../room.ts';
import { readTls } from '../tls.ts';
import { IdleWatch } from './idle-watch.ts';
import { ConnectedSocket, WsConnection } from './ws-connection.ts';

/** A handshake, TLS included, must be whole after this time; uWebSockets.js has the same. */
const handshakeMs = 10_000;

/** The bounds uWebSockets.js has before a request becomes a WebSocket. */
const httpBounds = {
  maxHeaderSize: 4096,
  headersTimeout: handshakeMs,
  requestTimeout: handshakeMs,
  connectionsCheckingInterval: 1000,
};

/** `ws` knows these; its published types do not yet. */
interface HardenedOptions extends ServerOptions<typeof ConnectedSocket> {
  /** Pieces a message may come in. Each costs far more memory than the byte it may hold. */
  readonly maxFragments: number;
  /** Pieces of the TCP stream kept while a frame is not whole. */
  readonly maxBufferedChunks: number;
  /** How long a peer may take to answer a close frame, in ms. */
  readonly closeTimeout: number;
}

type HttpServer = ReturnType<typeof createServer>;

/** The transport on `ws` and node:http, for machines on which no native build loads. */
export class WsTransport implements Transport {
  readonly kind = 'ws';
  readonly #options: TransportOptions;
  readonly #room: TransportRoom;
  readonly #sockets: Server<typeof ConnectedSocket>;
  #server: HttpServer | undefined;
  /** What admission has selected for the handshake that is being answered. */
  #subprotocol = '';
  #idleWatch: IdleWatch | undefined;

  constructor(options: TransportOptions, parts: TransportParts) {
    this.#options = options;
    this.#room = new TransportRoom(options, parts);
    this.#sockets = new WebSocketServer(hardened(options, () => this.#subprotocol));
  }

  get counters(): TransportCounters {
    return this.#room.counters;
  }

  get openCount(): number {
    return this.#room.roster.size;
  }

  get pendingCount(): number {
    return this.#room.pending.total;
  }

  async listen(): Promise<Listening> {
    const { host, port, exclusivePort, idleTimeoutS } = this.#options;
    const server = this.#httpServer();
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    server.on('request', (request, response) => this.#answer(request, response));
    const where: ListenOptions & { reusePort: boolean } = { host, port, reusePort: !exclusivePort };
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new Error(`cannot listen on ${host} port ${port}: ${cause.message}`, { cause })),
      );
      server.listen(where, resolve);
    });
    // Accepting can fail later, say for want of file descriptors; unheard, that would end the process.
    server.on('error', (err) => this.#room.log.error({ err }, 'the public port failed'));
    this.#server = server;
    this.#idleWatch = new IdleWatch(idleTimeoutS, () => this.#connections());
    return { host, port: (server.address() as AddressInfo).port };
  }

  stopAccepting(): void {
    this.#room.isDraining = true;
    this.#server?.close();
  }

  async close(): Promise<void> {
    this.stopAccepting();
    this.#room.closeAll();
    this.#idleWatch?.stop();
    this.#server?.closeAllConnections();
  }

  #httpServer(): HttpServer {
    const { tls } = this.#options;
    if (tls === undefined) return createServer(httpBounds);
    return createTlsServer({ ...httpBounds, ...readTls(tls), handshakeTimeout: handshakeMs });
  }

  *#connections(): Iterable<WsConnection> {
    for (const socket of this.#sockets.clients) {
      if (socket.connection !== undefined) yield socket.connection;
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const asked = readRequest(request);
    const verdict = decideAdmission(asked, this.#room);
    if (verdict.kind === 'refused') {
      this.#countRefusal(verdict);
      refuseRaw(socket, verdict);
      return;
    }
    this.#subprotocol = verdict.subprotocol;
    // What is answered at once to a login within the handshake leaves with the 101.
    socket.cork();
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#open(webSocket, socket as Socket, asked.address, verdict);
    });
    socket.uncork();
  }

  #open(
    webSocket: ConnectedSocket,
    raw: Socket,
    address: string,
    { encoding, login }: Admission,
  ): void {
    const connection = new WsConnection(this.#room, webSocket, raw, { encoding, address });
    connection.opened();
    if (login !== undefined) connection.receivedEarly(login);
  }

  /** A request that asks for no upgrade: without a page it is refused like any faulty one. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const asked = readRequest(request);
    const page = pageFor(asked, request.headers.host ?? '', this.#room.findPage);
    if (page !== undefined) {
      show(response, page);
      return;
    }
    const verdict = decideAdmission(asked, this.#room);
    if (verdict.kind === 'admitted') {
      response.writeHead(400, { Connection: 'close' }).end('no WebSocket handshake\n');
      return;
    }
    this.#countRefusal(verdict);
    response.writeHead(Number.parseInt(verdict.status, 10), {
      ...Object.fromEntries(verdict.headers),
      Connection: 'close',
      'Content-Length': Buffer.byteLength(verdict.text) + 1,
    });
    response.end(`${verdict.text}\n`);
  }

  #countRefusal(refusal: Refusal): void {
    this.#room.counters.refused[refusal.reason] += 1;
  }
}

function show(response: ServerResponse, page: Page): void {
  response.writeHead(200, {
    ...Object.fromEntries(page.headers),
    Connection: 'close',
    'Content-Length': Buffer.byteLength(page.body),
  });
  response.end(page.body);
}

function hardened(options: TransportOptions, subprotocol: () => string): HardenedOptions {
  return {
    noServer: true,
    WebSocket: ConnectedSocket,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    maxPayload: options.maxFrameBytes,
    maxFragments: 256,
    maxBufferedChunks: 1024,
    closeTimeout: 5000,
    handleProtocols: subprotocol,
  };
}

function readRequest(request: IncomingMessage): UpgradeRequest {
  const { headers } = request;
  const url = request.url ?? '';
  const queryAt = url.indexOf('?');
  return {
    method: request.method ?? '',
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    upgrade: headers.upgrade ?? '',
    connection: headers.connection ?? '',
    version: headers['sec-websocket-version'] ?? '',
    key: headers['sec-websocket-key'] ?? '',
    origin: headers.origin ?? '',
    protocols: headers['sec-websocket-protocol'] ?? '',
    address: canonicalAddress(request.socket.remoteAddress),
  };
}

/** Node hands over the bare socket of an upgrade: the answer is written by hand. */
function refuseRaw(socket: Duplex, refusal: Refusal): void {
  const body = `${refusal.text}\n`;
  const lines = [
    `HTTP/1.1 ${refusal.status}`,
    ...refusal.headers.map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
