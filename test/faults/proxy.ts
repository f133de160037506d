import { once } from 'node:events';
import net from 'node:net';
import { ProxyLink, type Direction, type Link } from './link.ts';
import type { Condition } from './way.ts';

export type { Direction, Link } from './link.ts';

/** Chooses links, those there are and those to come. */
export type Which = (link: Link) => boolean;

/** The links on which a node listens to its channel. */
export const subscribers: Which = (link) => link.isSubscriber;
/** The links on which it sends its commands. */
export const commanders: Which = (link) => !link.isSubscriber;

const all: Which = () => true;
const bothWays: readonly Direction[] = ['toServer', 'toClient'];

interface Rule {
  readonly which: Which;
  readonly directions: readonly Direction[];
  readonly condition: Condition;
}

/**
 * A TCP proxy that can fail as a network does. It works on bytes; all it knows of their meaning is which links have
 * subscribed. Each verb but `lose`, `cut`, `cutLost`, `reset` and `say` makes a rule that stands for the links there are and those to come,
 * until `heal`. Of several rules for a link the last one holds, direction by direction.
 */
export class FaultProxy {
  readonly #server: net.Server;
  readonly #links = new Set<ProxyLink>();
  #rules: Rule[] = [];
  #isRefusing = false;
  #count = 0;
  #target: number;

  private constructor(target: number) {
    this.#target = target;
    this.#server = net.createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
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

  /** For a Redis client. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** For a client of the gateway. */
  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The links that are up. */
  get links(): readonly Link[] {
    return [...this.#links].filter(({ isOver }) => !isOver);
  }

  /** Lets nothing through and keeps it: a partition that heals before TCP gives up. */
  stall(which: Which = all, ...directions: readonly Direction[]): void {
    this.#impose(which, directions, { isStalled: true });
  }

  /** These links swallow everything from now on, without a sign: a router forgot them. New ones are well. */
  lose(which: Which = all, ...directions: readonly Direction[]): void {
    const chosen = directions.length === 0 ? bothWays : directions;
    for (const link of this.#links) {
      if (which(link)) for (const way of chosen) link.impose(way, { isBlackhole: true });
    }
  }

  /** The same for the links to come too. Healing helps only links that are new then. */
  blackhole(which: Which = all, ...directions: readonly Direction[]): void {
    this.#impose(which, directions, { isBlackhole: true });
  }

  /** Each piece of data is `delayMs()` under way; the order stays. */
  delay(delayMs: () => number, which: Which = all, ...directions: readonly Direction[]): void {
    this.#impose(which, directions, { delayMs });
  }

  /** Lets `bytes` through every `everyMs`. */
  drip(
    drip: { readonly bytes: number; readonly everyMs: number },
    which: Which = all,
    ...directions: readonly Direction[]
  ): void {
    this.#impose(which, directions, { drip });
  }

  /** Breaks a link off behind its next so many bytes of a direction, counted from its beginning. */
  cutAfter(bytes: number, which: Which = all, ...directions: readonly Direction[]): void {
    this.#impose(which, directions, { cutAfterBytes: bytes });
  }

  /** New connections are reset as soon as they come. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Breaks these links off with FIN, as a server that dies. */
  cut(which: Which = all): void {
    for (const link of this.#links) if (which(link)) link.cut();
  }

  /** Breaks these links off with RST. */
  reset(which: Which = all): void {
    for (const link of this.#links) if (which(link)) link.reset();
  }

  /** Breaks off the links that swallow what is said on them. */
  cutLost(): void {
    for (const link of this.#links) if (link.isLost) link.cut();
  }

  /** Puts words into the mouth of the server. */
  say(words: string, which: Which = all): void {
    for (const link of this.#links) if (which(link)) link.say(words);
  }

  /** New connections go to another port, as behind a balancer; those there are stay. */
  aim(target: number): void {
    this.#target = target;
  }

  /** Takes all rules back; what was kept goes on. */
  heal(): void {
    this.#rules = [];
    this.#isRefusing = false;
    for (const link of this.#links) for (const way of bothWays) link.impose(way, {});
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(near: net.Socket): void {
    if (this.#isRefusing) {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = net.connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const link = new ProxyLink(this.#count++, near, far, (heard) => this.#apply(heard));
    this.#links.add(link);
    for (const socket of [near, far]) {
      socket.once('close', () => {
        if (link.isOver) this.#links.delete(link);
      });
    }
    this.#apply(link);
  }

  #impose(which: Which, directions: readonly Direction[], condition: Condition): void {
    const chosen = directions.length === 0 ? bothWays : directions;
    this.#rules.push({ which, directions: chosen, condition });
    for (const link of this.#links) this.#apply(link);
  }

  #apply(link: ProxyLink): void {
    for (const direction of bothWays) {
      const rule = this.#rules.findLast(
        ({ which, directions }) => directions.includes(direction) && which(link),
      );
      if (rule !== undefined) link.impose(direction, rule.condition);
    }
  }
}
