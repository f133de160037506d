import type { Socket } from 'node:net';
import { Way, type Condition } from './way.ts';

/** Which way of a link: what the client says, what the server says. */
export type Direction = 'toServer' | 'toClient';

/** One connection through the proxy, as a fault may choose it. */
export interface Link {
  /** Counts from 0 in the order of connecting. */
  readonly number: number;
  /** Whether the client has sent a SUBSCRIBE on it. */
  readonly isSubscriber: boolean;
  /** The beginning of what the client has said, as Latin-1. */
  readonly said: string;
}

/** A Redis client greets and subscribes within its first bytes; later ones are not looked at. */
const listensBytes = 16_384;

/** One connection through the proxy: two sockets and a way each way. */
export class ProxyLink implements Link {
  readonly number: number;
  isSubscriber = false;
  said = '';
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #ways: Readonly<Record<Direction, Way>>;

  /** `heard` is called when the client has said something that may make a rule apply. Both sockets allow half-open. */
  constructor(number: number, near: Socket, far: Socket, heard: (link: ProxyLink) => void) {
    this.number = number;
    this.#near = near;
    this.#far = far;
    const cut = (): void => this.cut();
    this.#ways = { toServer: new Way(near, far, cut), toClient: new Way(far, near, cut) };
    near.on('data', (data) => {
      if (this.said.length < listensBytes) {
        this.#listen(data);
        heard(this);
      }
    });
    connect(near, this.#ways.toServer);
    connect(far, this.#ways.toClient);
  }

  /** Whether neither end knows of it any more. */
  get isOver(): boolean {
    return this.#near.destroyed && this.#far.destroyed;
  }

  /** Whether what is said on it is swallowed, one way at least. */
  get isLost(): boolean {
    return this.#ways.toServer.isLost || this.#ways.toClient.isLost;
  }

  impose(direction: Direction, condition: Condition): void {
    this.#ways[direction].impose(condition);
  }

  /** The client hears this as if the server had said it. */
  say(words: string): void {
    if (this.#near.writable) this.#near.write(words);
  }

  /** Ends both sockets as a process that dies does (FIN). */
  cut(): void {
    this.#end((socket) => socket.destroy());
  }

  /** Ends both sockets with RST. */
  reset(): void {
    this.#end((socket) => socket.resetAndDestroy());
  }

  #listen(data: Buffer): void {
    this.said += data.toString('latin1', 0, listensBytes - this.said.length);
    this.isSubscriber ||= /\r\nsubscribe\r\n/i.test(this.said);
  }

  #end(end: (socket: Socket) => void): void {
    for (const way of Object.values(this.#ways)) way.close();
    for (const socket of [this.#near, this.#far]) if (!socket.destroyed) end(socket);
  }
}

/** What a socket reads, and its end, go this way. */
function connect(from: Socket, way: Way): void {
  from.setNoDelay(true);
  from.on('data', (data) => way.take(data));
  from.on('end', () => way.take('fin'));
  from.on('error', () => way.take('reset'));
}
