import { once } from 'node:events';
import net from 'node:net';

/** One connection through the proxy. */
export interface Link {
  /** Whether the client has sent a SUBSCRIBE on it. */
  readonly isSubscriber: boolean;
}

class Pipe implements Link {
  readonly #near: net.Socket;
  readonly #far: net.Socket;
  readonly #held: [net.Socket, Buffer][] = [];
  isSubscriber = false;
  isStalled = false;
  isMute = false;

  /** `isDeaf` tells whether a link that subscribes now is to hear nothing. */
  constructor(near: net.Socket, far: net.Socket, isDeaf: () => boolean) {
    this.#near = near;
    this.#far = far;
    near.on('data', (data) => {
      if (/\r\nsubscribe\r\n/i.test(data.toString('latin1'))) {
        this.isSubscriber = true;
        if (isDeaf()) this.isMute = true;
      }
      this.#forward(far, data);
    });
    far.on('data', (data) => {
      if (!this.isMute) this.#forward(near, data);
    });
    for (const socket of [near, far]) {
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
  }

  #forward(to: net.Socket, data: Buffer): void {
    if (this.isStalled) this.#held.push([to, data]);
    else to.write(data);
  }

  heal(): void {
    this.isStalled = false;
    for (const [to, data] of this.#held.splice(0)) to.write(data);
  }

  cut(): void {
    this.#near.destroy();
    this.#far.destroy();
  }
}

const all = (): boolean => true;

/** A TCP proxy that can fail as a network does. It works on bytes and knows nothing of what they mean. */
export class FaultProxy {
  readonly #server: net.Server;
  readonly #pipes = new Set<Pipe>();
  #isStalled = false;
  /** True: a link that subscribes hears nothing from then on. */
  isDeaf = false;

  private constructor(target: number) {
    this.#server = net.createServer((near) => {
      const far = net.connect(target, '127.0.0.1');
      const pipe = new Pipe(near, far, () => this.isDeaf);
      pipe.isStalled = this.#isStalled;
      this.#pipes.add(pipe);
      near.once('close', () => this.#pipes.delete(pipe));
    });
  }

  /** A proxy on a free port of 127.0.0.1 in front of `target`, a port of 127.0.0.1. */
  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Swallows nothing and lets nothing through, both ways, on the links there are and those to come. */
  stall(): void {
    this.#isStalled = true;
    for (const pipe of this.#pipes) pipe.isStalled = true;
  }

  /** What was held back goes on. */
  heal(): void {
    this.#isStalled = false;
    for (const pipe of this.#pipes) pipe.heal();
  }

  /** From now on these links lose what the server sends, without a sign. For good: the link is spoilt. */
  mute(which: (link: Link) => boolean = all): void {
    for (const pipe of this.#pipes) if (which(pipe)) pipe.isMute = true;
  }

  /** Breaks these links. */
  cut(which: (link: Link) => boolean = all): void {
    for (const pipe of this.#pipes) if (which(pipe)) pipe.cut();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }
}
