import type { EventFeed } from '../registry/events.ts';
import type { WebhookCounters } from './counters.ts';
import type { Endpoint } from './endpoint.ts';
import { LotReader } from './lot-reader.ts';

/** What a sender works with. */
export interface SenderParts {
  readonly feed: EventFeed;
  /** One for each app whose events are told. */
  readonly endpoints: readonly Endpoint[];
  readonly counters: WebhookCounters;
}

/**
 * Tells back ends of the events in this node's share, at least once and in the order of each user. It reads as far ahead as
 * it may keep in memory, and no login ever waits for it.
 */
export class WebhookSender {
  readonly #parts: SenderParts;
  /** By partition, one for each app. */
  readonly #readers = new Map<number, readonly LotReader[]>();
  #isStopping = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Takes part from now on. */
  start(): void {
    this.#parts.feed.join({
      news: (partition) => this.#news(partition),
      release: async (partition) => {
        const readers = this.#readers.get(partition) ?? [];
        await Promise.all(readers.map((reader) => reader.release()));
      },
    });
  }

  /** Lets what is on its way arrive, and leaves the rest to others. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const readers = [...this.#readers.values()].flat();
    await Promise.all(readers.map((reader) => reader.close()));
    await this.#parts.feed.leave();
    for (const endpoint of this.#parts.endpoints) endpoint.close();
  }

  #news(partition: number): void {
    if (this.#isStopping) return;
    for (const reader of this.#readersOf(partition)) reader.news();
  }

  #readersOf(partition: number): readonly LotReader[] {
    let readers = this.#readers.get(partition);
    if (readers !== undefined) return readers;
    const { feed, counters, endpoints } = this.#parts;
    readers = endpoints.map(
      (endpoint) =>
        new LotReader({ sdkAppId: endpoint.sdkAppId, partition }, { feed, endpoint, counters }),
    );
    this.#readers.set(partition, readers);
    return readers;
  }
}
