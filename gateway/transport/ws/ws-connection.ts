import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Encoding } from '../../../protocol/codec.ts';
import type { SendOutcome } from '../../session/outbound.ts';
import { Connection, type ConnectionRoom } from '../connection.ts';

/** Codes with which `ws` answers a peer that breaks RFC 6455. */
const protocolFaults: readonly number[] = [1002, 1007, 1008, 1009];

/** A WebSocket that knows its connection, so that all of them share their listeners. */
export class ConnectedSocket extends WebSocket {
  connection: WsConnection | undefined;

  /**
   * A peer that breaks RFC 6455 is cut without a close frame, as uWebSockets.js does, so that clients see one
   * behaviour: `ws` itself would send one of these codes.
   */
  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined && protocolFaults.includes(code)) this.terminate();
    else super.close(code, reason);
  }
}

/** What the idle watch needs from a connection. */
export interface Watched {
  /** Whether the peer has sent a byte since the last call. */
  hasSpoken(): boolean;
  ping(): void;
  cut(): void;
  quietTicks: number;
}

/** A connection on a socket of `ws`. */
export class WsConnection extends Connection implements Watched {
  readonly #socket: ConnectedSocket;
  readonly #raw: Socket;
  #bytesHeard = 0;
  #wasSilent = false;
  quietTicks = 0;

  constructor(
    room: ConnectionRoom,
    socket: ConnectedSocket,
    raw: Socket,
    peer: { readonly encoding: Encoding; readonly address: string },
  ) {
    super(room, peer.encoding, peer.address);
    this.#socket = socket;
    this.#raw = raw;
    socket.connection = this;
    socket.on('message', onMessage);
    socket.on('close', onClose);
    socket.on('error', onError);
  }

  /** The session may begin. */
  opened(): void {
    this.begin();
  }

  /** The socket is gone. */
  gone(code: number): void {
    this.lost(code, this.#wasSilent);
  }

  hasSpoken(): boolean {
    const heard = this.#raw.bytesRead;
    const hasSpoken = heard !== this.#bytesHeard;
    this.#bytesHeard = heard;
    return hasSpoken;
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  cut(): void {
    this.#wasSilent = true;
    this.#socket.terminate();
  }

  protected override batch(sends: () => void): void {
    this.#raw.cork();
    sends();
    this.#raw.uncork();
  }

  protected override cutSocket(): void {
    this.#socket.terminate();
  }

  protected override write(data: Uint8Array | string): SendOutcome {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return 'dropped';
    if (socket.bufferedAmount > this.room.maxBufferedBytes) {
      socket.terminate();
      return 'dropped';
    }
    socket.send(data);
    return socket.bufferedAmount > 0 ? 'buffered' : 'sent';
  }

  protected override finish(
    code: number,
    reason: string,
    last: Uint8Array | string | undefined,
  ): void {
    const socket = this.#socket;
    if (socket.bufferedAmount > this.room.maxBufferedBytes) {
      socket.terminate();
      return;
    }
    this.#raw.cork();
    if (last !== undefined) socket.send(last);
    socket.close(code, reason);
    this.#raw.uncork();
  }
}

// `ws` gives a message as one Buffer unless told otherwise.
function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as ConnectedSocket).connection?.received(data as Buffer, isBinary);
}

function onClose(this: WebSocket, code: number): void {
  (this as ConnectedSocket).connection?.gone(code);
}

/** A reset or a fault of the peer: `close` follows and says all there is to say. */
function onError(): void {}
