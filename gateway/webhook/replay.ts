import type { EventFeed } from '../registry/events.ts';

/** What a replay needs of the events. */
export type Replayed = Pick<EventFeed, 'apps' | 'partitions' | 'rewind'>;

/** Partitions that are set back at once. */
const atOnce = 16;

/**
 * Tells an app's back end again of all that is kept from a time on (Unix ms), with the ids it had then; what comes after is
 * told behind it. Whoever tells of a partition notices by itself. Rejects when the store does not answer; what was set back
 * by then is told again, and the call may be repeated.
 */
export async function replay(feed: Replayed, sdkAppId: number, sinceMs: number): Promise<void> {
  for (let first = 0; first < feed.partitions; first += atOnce) {
    const count = Math.min(atOnce, feed.partitions - first);
    const partitions = Array.from({ length: count }, (_, i) => first + i);
    await Promise.all(partitions.map((partition) => feed.rewind({ sdkAppId, partition }, sinceMs)));
  }
}
