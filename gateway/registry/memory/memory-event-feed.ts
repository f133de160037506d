import type { EventFeed, FeedListener, Lot, OpenLot, StoredEvent } from '../events.ts';
import type { MemoryEvents } from './memory-events.ts';

/** The events of the embedded registry, for one of the nodes that share it. They lie in one partition. */
export class MemoryEventFeed implements EventFeed {
  readonly partitions = 1;
  readonly #events: MemoryEvents;
  #listener: FeedListener | undefined;

  constructor(events: MemoryEvents) {
    this.#events = events;
  }

  get apps(): readonly number[] {
    return this.#events.apps;
  }

  join(listener: FeedListener): void {
    this.#listener = listener;
    this.#events.join(this.#news);
  }

  heldUntil(): number {
    return this.#events.tells(this.#news) ? Infinity : -Infinity;
  }

  open({ sdkAppId }: Lot, count: number): Promise<OpenLot> {
    const events = this.#events;
    const generation = events.open(sdkAppId);
    return Promise.resolve({
      ...events.read(sdkAppId, '', count),
      read: (done, after, most) => {
        if (!events.isOpen(sdkAppId, generation)) return Promise.resolve(undefined);
        if (done !== '') events.moveCursor(sdkAppId, done);
        return Promise.resolve(events.read(sdkAppId, after, most));
      },
    });
  }

  history({ sdkAppId }: Lot, after: string, count: number): Promise<readonly StoredEvent[]> {
    const from = after === '' ? '0' : after;
    return Promise.resolve(this.#events.read(sdkAppId, from, count).events);
  }

  rewind({ sdkAppId }: Lot, sinceMs: number): Promise<void> {
    this.#events.rewind(sdkAppId, sinceMs);
    setImmediate(this.#news);
    return Promise.resolve();
  }

  leave(): Promise<void> {
    this.#listener = undefined;
    this.#events.leave(this.#news);
    return Promise.resolve();
  }

  readonly #news = (): void => this.#listener?.news(0);
}
