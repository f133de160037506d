import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How the network of a device is. */
export const linkModes = ['normal', 'refuse', 'blackhole'] as const;

/**
 * `normal`: bytes pass. `refuse`: connections are reset, those there are and each new one. `blackhole`: they swallow
 * everything and say nothing; those that were swallowed stay lost, as with a router that forgot them.
 */
export type LinkMode = (typeof linkModes)[number];

/** Where a link leads. */
export interface LinkTarget {
  readonly host: string;
  readonly port: number;
}

/** Both ends of one connection. */
interface Passage {
  readonly near: Socket;
  readonly far: Socket;
}

/** One SDK holds one connection and the leftovers of a few that it gave up. */
const mostPassages = 16;

/** The network of one device: a TCP listener on a free port that hands on to the gateway, and can fail. */
export class NetworkLink {
  readonly #server: Server;
  readonly #target: LinkTarget;
  readonly #passages = new Set<Passage>();
  #mode: LinkMode = 'normal';
  /** When it was last of use, by the monotonic clock. */
  usedAtMs = performance.now();

  private constructor(target: LinkTarget) {
    this.#target = target;
    this.#server = createServer((near) => this.#accept(near));
  }

  /** Listens where its target does, on a port of its own. */
  static async open(target: LinkTarget): Promise<NetworkLink> {
    const link = new NetworkLink(target);
    await once(link.#server.listen(0, target.host), 'listening');
    // Accepting can fail later, for want of file descriptors; the page finds its link refusing then.
    link.#server.on('error', () => undefined);
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  /** Whether a connection goes through it. */
  get isInUse(): boolean {
    return this.#passages.size > 0;
  }

  setMode(mode: LinkMode): void {
    this.#mode = mode;
    if (mode === 'refuse') this.reset();
    if (mode === 'blackhole') for (const passage of this.#passages) swallow(passage);
  }

  /** Ends the connections there are with RST, at both ends. */
  reset(): void {
    for (const { near, far } of this.#passages) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  close(): void {
    this.#server.close();
    for (const { near, far } of this.#passages) {
      near.destroy();
      far.destroy();
    }
  }

  #accept(near: Socket): void {
    this.usedAtMs = performance.now();
    // A reset is one of the ways to end; `close` follows.
    near.on('error', () => undefined);
    if (this.#mode === 'refuse' || this.#passages.size >= mostPassages) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target);
    far.on('error', () => near.destroy());
    const passage = { near, far };
    this.#passages.add(passage);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.once('close', () => this.#closed(passage));
    }
    near.pipe(far);
    far.pipe(near);
    if (this.#mode === 'blackhole') swallow(passage);
  }

  #closed(passage: Passage): void {
    if (passage.near.destroyed && passage.far.destroyed) this.#passages.delete(passage);
  }
}

/** Neither end hears of the other any more, not even that it is gone. */
function swallow({ near, far }: Passage): void {
  near.unpipe(far).resume();
  far.unpipe(near).resume();
}
