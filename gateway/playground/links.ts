import { NetworkLink, type LinkTarget } from './link.ts';

/** A page shows a handful of devices; more links than this are those of pages that are gone. */
const mostLinks = 32;
/** A link through which nothing went for so long belongs to nobody. */
const idleMs = 300_000;
const sweepMs = 30_000;

/** The network links of all devices on all pages: bounded, and ended when nobody uses them. */
export class NetworkLinks {
  readonly #target: LinkTarget;
  readonly #links = new Map<string, NetworkLink>();
  readonly #sweeper: NodeJS.Timeout;
  #opened = 0;
  #opening = 0;

  constructor(target: LinkTarget) {
    this.#target = target;
    this.#sweeper = setInterval(() => this.sweep(performance.now() - idleMs), sweepMs).unref();
  }

  /** A new link and its id; `undefined` when there are too many already, all in use. */
  async open(): Promise<{ readonly id: string; readonly link: NetworkLink } | undefined> {
    const isFull = this.#links.size + this.#opening >= mostLinks;
    if (isFull && !this.#dropOldestIdle()) return undefined;
    this.#opening++;
    try {
      const link = await NetworkLink.open(this.#target);
      const id = `link-${++this.#opened}`;
      this.#links.set(id, link);
      return { id, link };
    } finally {
      this.#opening--;
    }
  }

  /** The link of this id, which is of use to somebody from now on. */
  find(id: string): NetworkLink | undefined {
    const link = this.#links.get(id);
    if (link !== undefined) link.usedAtMs = performance.now();
    return link;
  }

  /** Ends the links that nobody has used since then, by the monotonic clock. */
  sweep(sinceMs: number): void {
    for (const [id, link] of this.#links) {
      if (link.isInUse) link.usedAtMs = performance.now();
      else if (link.usedAtMs < sinceMs) this.#drop(id, link);
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const [id, link] of this.#links) this.#drop(id, link);
  }

  #dropOldestIdle(): boolean {
    const idle = [...this.#links].filter(([, link]) => !link.isInUse);
    const [oldest] = idle.sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    if (oldest === undefined) return false;
    this.#drop(...oldest);
    return true;
  }

  #drop(id: string, link: NetworkLink): void {
    this.#links.delete(id);
    link.close();
  }
}
