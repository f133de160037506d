import { setTimeout as delay } from 'node:timers/promises';
import type { Script } from '../scripts.ts';
import type { StoreClock } from '../store-clock.ts';
import { storeFault, type Redirection, type StoreFault } from '../store-fault.ts';
import type { ConnectionSettings, HostPort } from './address.ts';
import type { CommandLinks } from './command-links.ts';
import type { CallWish, Link, LinkParts } from './link.ts';
import { SlotMap } from './slot-map.ts';
import { slotOf } from './slots.ts';

/** Before the same question again: while keys of one slot move, or a new link greets. */
const pauseMs = 10;

type Again = (link: Link, wish: CallWish) => Promise<unknown>;

/**
 * A link to each master of a Cluster. A call goes where its first key lies, and follows MOVED, ASK and TRYAGAIN
 * within its time-out; those servers have done nothing when they say so. Another master that is away refuses
 * only what lies there.
 */
export class ClusterLinks implements CommandLinks {
  readonly #map: SlotMap;
  readonly #timeoutMs: number;

  constructor(settings: ConnectionSettings, seeds: readonly HostPort[], parts: LinkParts) {
    this.#timeoutMs = settings.commandTimeoutMs;
    this.#map = new SlotMap(settings, seeds, parts);
  }

  open(): void {
    this.#map.open();
  }

  close(): void {
    this.#map.close();
  }

  get isUp(): boolean {
    return this.#map.isUp;
  }

  get lastError(): string {
    return this.#map.lastError;
  }

  get inFlight(): number {
    return this.#map.links.reduce((sum, link) => sum + link.inFlight, 0);
  }

  /** Servers to connect to. */
  get places(): readonly HostPort[] {
    return this.#map.places;
  }

  isAnswering(key: string): boolean {
    return this.#find(key)?.isAnswering ?? false;
  }

  refusal(key: string): string {
    return this.#find(key)?.refusal ?? '';
  }

  clockOf(key: string): StoreClock {
    return this.#map.owner(slotOf(key)).clock;
  }

  heard(key: string, history: string): void {
    this.#find(key)?.heard(history);
  }

  async run(script: Script, words: string[]): Promise<unknown> {
    const slot = slotOf(words[0] ?? '');
    const startedAt = performance.now();
    try {
      return await this.#map.owner(slot).run(script, words);
    } catch (error) {
      const again: Again = (link, wish) => link.run(script, words, wish);
      return await this.#follow(storeFault(error), startedAt, slot, again);
    }
  }

  async ask(name: string, words: readonly string[]): Promise<unknown> {
    const slot = slotOf(words[0] ?? '');
    const startedAt = performance.now();
    try {
      return await this.#map.owner(slot).ask(name, words);
    } catch (error) {
      const again: Again = (link, wish) => link.ask(name, words, wish);
      return await this.#follow(storeFault(error), startedAt, slot, again);
    }
  }

  async #follow(
    first: StoreFault,
    startedAt: number,
    slot: number,
    again: Again,
  ): Promise<unknown> {
    let fault = first;
    for (let hops = 0; ; hops += 1) {
      const { redirection } = fault;
      if (redirection === undefined) throw fault;
      // Two servers that name each other disagree for a moment only.
      if (redirection.kind === 'tryAgain' || hops > 2) await delay(pauseMs);
      const link = this.#next(redirection, slot);
      const endsAt = startedAt + this.#timeoutMs;
      while (!link.isAnswering && performance.now() < endsAt) await delay(pauseMs);
      const limitMs = endsAt - performance.now();
      if (limitMs <= 0) throw fault;
      try {
        return await again(link, { limitMs, isAsking: redirection.kind === 'ask' });
      } catch (error) {
        fault = storeFault(error);
      }
    }
  }

  #next(redirection: Redirection, slot: number): Link {
    switch (redirection.kind) {
      case 'moved':
        return this.#map.moved(slot, redirection);
      case 'ask':
        return this.#map.linkTo(redirection);
      case 'tryAgain':
        return this.#map.owner(slot);
    }
  }

  #find(key: string): Link | undefined {
    try {
      return this.#map.owner(slotOf(key));
    } catch {
      return undefined;
    }
  }
}
