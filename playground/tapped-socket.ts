import type { WebSocketClass } from '../client/index.ts';
import { handshakeSubprotocols, offeredLogin } from '../protocol/handshake.ts';

/** What happens on a WebSocket, as its tap tells it. */
export type SocketNews =
  | { readonly kind: 'opening'; readonly url: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'sent' | 'received'; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** The browser's WebSocket, for the SDK to connect with, that tells what passes through it both ways. */
export function tappedSocket(tell: (news: SocketNews) => void): WebSocketClass {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      tell({ kind: 'opening', url });
      this.addEventListener('open', () => {
        tell({ kind: 'open' });
        // A login that was taken from the handshake is a frame as well.
        const login = offeredLogin(protocols);
        if (login === undefined || this.protocol !== handshakeSubprotocols.msgpack) return;
        tell({ kind: 'sent', bytes: login });
      });
      this.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) tell({ kind: 'received', bytes: new Uint8Array(data) });
      });
      this.addEventListener('close', ({ code, reason }) => tell({ kind: 'closed', code, reason }));
    }

    override send(data: Uint8Array<ArrayBuffer>): void {
      tell({ kind: 'sent', bytes: data });
      super.send(data);
    }
  };
}
