import type { SendOutcome } from '../../session/outbound.ts';
import { Connection } from '../connection.ts';
import type { NativeSocket } from './native.ts';

/** A connection on a socket of uWebSockets.js. */
export class UwsConnection extends Connection {
  #socket: NativeSocket | undefined;

  /** The native socket is open. */
  opened(socket: NativeSocket): void {
    this.#socket = socket;
    this.begin();
  }

  override lost(code: number, wasSilent: boolean): void {
    this.#socket = undefined;
    super.lost(code, wasSilent);
  }

  protected override batch(sends: () => void): void {
    this.#socket?.cork(sends);
  }

  protected override cutSocket(): void {
    this.#socket?.close();
  }

  protected override write(data: Uint8Array | string): SendOutcome {
    const sent = this.#socket?.send(data, this.isBinary);
    if (sent === 1) return 'sent';
    // Neither sent nor kept: the socket ends in the next turn of the loop (closeOnBackpressureLimit).
    return sent === 0 ? 'buffered' : 'dropped';
  }

  protected override finish(
    code: number,
    reason: string,
    last: Uint8Array | string | undefined,
  ): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    if (last !== undefined) socket.send(last, this.isBinary);
    // The close frame has to keep the limit too: over it, the socket would linger without one. No cork
    // around both: a socket ended inside `cork` is not shut down after it and stays until its idle time.
    if (socket.getBufferedAmount() > this.room.maxBufferedBytes) socket.close();
    else socket.end(code, reason);
  }
}
