import { createServer } from 'node:net';
import { addressText } from '../address.ts';
import { decideAdmission, type Refusal, type UpgradeRequest } from '../admission.ts';
import type { TransportCounters } from '../counters.ts';
import { pageFor, type Page } from '../pages.ts';
import type { Listening, Transport, TransportOptions, TransportParts } from '../port.ts';
import { TransportRoom } from '../room.ts';
import { readTls } from '../tls.ts';
import type {
  ListenSocket,
  NativeApp,
  NativeBehavior,
  NativeModule,
  NativeRequest,
  NativeResponse,
  NativeSocket,
} from './native.ts';
import { UwsConnection } from './uws-connection.ts';

/**
 * The native module copies the properties given to `upgrade` onto the socket one by one, for each socket:
 * there is one, and it is the connection.
 */
interface ConnectedSocket extends NativeSocket {
  readonly connection: UwsConnection;
}

/** The transport on uWebSockets.js. Handlers run inside native code: nothing may be thrown out of them. */
export class UwsTransport implements Transport {
  readonly kind = 'uws';
  readonly #native: NativeModule;
  readonly #options: TransportOptions;
  readonly #room: TransportRoom;
  #listener: ListenSocket | undefined;

  constructor(native: NativeModule, options: TransportOptions, parts: TransportParts) {
    this.#native = native;
    this.#options = options;
    this.#room = new TransportRoom(options, parts);
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
    const { host, port, exclusivePort } = this.#options;
    const app = this.#app()
      .ws<ConnectedSocket>('/*', this.#behavior())
      .any('/*', (res, req) => this.#answer(res, req));
    const listenOptions = exclusivePort ? this.#native.LIBUS_LISTEN_EXCLUSIVE_PORT : 0;
    const listener = await new Promise<ListenSocket | false>((resolve) => {
      app.listen(host, port, listenOptions, resolve);
    });
    if (listener === false) throw await listenFault(host, port);
    this.#listener = listener;
    return { host, port: this.#native.us_socket_local_port(listener) };
  }

  stopAccepting(): void {
    this.#room.isDraining = true;
    if (this.#listener === undefined) return;
    this.#native.us_listen_socket_close(this.#listener);
    this.#listener = undefined;
  }

  async close(): Promise<void> {
    this.stopAccepting();
    this.#room.closeAll();
  }

  #app(): NativeApp {
    const { tls } = this.#options;
    if (tls === undefined) return this.#native.App({});
    // The native module says only that it failed: our own look at the files says why.
    readTls(tls);
    return this.#native.SSLApp({
      cert_file_name: tls.certFile,
      key_file_name: tls.keyFile,
      ssl_prefer_low_memory_usage: true,
    });
  }

  #behavior(): NativeBehavior<ConnectedSocket> {
    return {
      compression: this.#native.DISABLED,
      maxPayloadLength: this.#options.maxFrameBytes,
      maxBackpressure: this.#options.maxBufferedBytes,
      closeOnBackpressureLimit: true,
      idleTimeout: this.#options.idleTimeoutS,
      sendPingsAutomatically: true,
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
      open: (socket) => socket.connection.opened(socket),
      message: (socket, message, isBinary) =>
        socket.connection.received(new Uint8Array(message), isBinary),
      close: (socket, code, reason) => socket.connection.lost(code, isSilence(code, reason)),
    };
  }

  /** Decides and answers before it returns: request and response live no longer. */
  #upgrade(res: NativeResponse, req: NativeRequest, context: object): void {
    const request = readRequest(res, req, 'GET');
    const verdict = decideAdmission(request, this.#room);
    if (verdict.kind === 'refused') {
      this.#refuse(res, verdict);
      return;
    }
    const connection = new UwsConnection(this.#room, verdict.encoding, request.address);
    res.upgrade({ connection }, request.key, verdict.subprotocol, '', context);
    // Still within the handler: what is answered at once leaves with the 101.
    if (verdict.login !== undefined) connection.receivedEarly(verdict.login);
  }

  /** A request that the native module does not take for a handshake: without a page it is refused like any faulty one. */
  #answer(res: NativeResponse, req: NativeRequest): void {
    const request = readRequest(res, req, req.getCaseSensitiveMethod());
    const page = pageFor(request, req.getHeader('host'), this.#room.findPage);
    if (page !== undefined) {
      show(res, page);
      return;
    }
    const verdict = decideAdmission(request, this.#room);
    if (verdict.kind === 'refused') this.#refuse(res, verdict);
    else res.writeStatus('400 Bad Request').end('no WebSocket handshake\n', true);
  }

  #refuse(res: NativeResponse, refusal: Refusal): void {
    this.#room.counters.refused[refusal.reason] += 1;
    res.writeStatus(refusal.status);
    for (const [name, value] of refusal.headers) res.writeHeader(name, value);
    res.end(`${refusal.text}\n`, true);
  }
}

function show(res: NativeResponse, page: Page): void {
  for (const [name, value] of page.headers) res.writeHeader(name, value);
  res.end(page.body, true);
}

function readRequest(res: NativeResponse, req: NativeRequest, method: string): UpgradeRequest {
  return {
    method,
    path: req.getUrl(),
    upgrade: req.getHeader('upgrade'),
    connection: req.getHeader('connection'),
    version: req.getHeader('sec-websocket-version'),
    key: req.getHeader('sec-websocket-key'),
    origin: req.getHeader('origin'),
    protocols: req.getHeader('sec-websocket-protocol'),
    address: addressText(new Uint8Array(res.getRemoteAddress())),
  };
}

const silence = Buffer.from('WebSocket timed out from inactivity');

/** Whether the native module has given the socket up because nothing came. Its own words: a peer's close has another code. */
function isSilence(code: number, reason: ArrayBuffer): boolean {
  return code === 1006 && silence.equals(new Uint8Array(reason));
}

/** The native module only says that it cannot listen; Node, asked for the same, says why. */
async function listenFault(host: string, port: number): Promise<Error> {
  const probe = createServer();
  const cause = await new Promise<unknown>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(resolve));
  });
  const why = cause instanceof Error ? cause.message : 'the system gives no reason';
  return new Error(`cannot listen on ${host} port ${port}: ${why}`, { cause });
}
