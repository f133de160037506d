import { GatehouseError } from './gatehouse-error.ts';

/** What the SDK reads of the events of a WebSocket; each has some of it. */
export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** What the SDK uses of a WebSocket; the browser's, Node's and that of the package `ws` all fit. */
export interface WebSocketLike {
  binaryType: string;
  /** The subprotocol that was selected, once it is open. */
  readonly protocol: string;
  addEventListener(
    name: 'open' | 'message' | 'error' | 'close',
    listener: (event: SocketEvent) => void,
  ): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** A class that opens a WebSocket. */
export interface WebSocketClass {
  new (url: string, protocols: string[]): WebSocketLike;
}

/**
 * The WebSocket to use: the injected one, else the global one.
 * @throws GatehouseError 2998 where there is none, as in Node 20
 */
export function findWebSocket(injected: WebSocketClass | undefined): WebSocketClass {
  const found = injected ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (found !== undefined) return found;
  throw new GatehouseError(2998, {
    message:
      'there is no global WebSocket here (Node has one from version 22 on): give createClient one as { WebSocket }, such as that of the package ws',
  });
}
