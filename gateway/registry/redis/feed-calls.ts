import type { EventBatch, Lot, OpenLot, StoredEvent } from '../events.ts';
import type { Connections } from './connection.ts';
import { parseEvent } from './event-text.ts';
import type { Keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** What the calls of a feed work with. */
export interface FeedCallParts {
  readonly connections: Connections;
  readonly scripts: Scripts;
  readonly keys: Keys;
}

/** What feed.lua is asked. */
interface FeedWish {
  readonly wish: 'open' | 'read' | 'rewind';
  readonly argument?: string;
  readonly done?: string;
  readonly after?: string;
  readonly count: number;
}

/** The scripts of the feed as typed calls. Every call rejects with StoreFault. */
export class FeedCalls {
  readonly #parts: FeedCallParts;
  readonly #nodeId: string;

  constructor(parts: FeedCallParts, nodeId: string) {
    this.#parts = parts;
    this.#nodeId = nodeId;
  }

  async open(lot: Lot, count: number): Promise<OpenLot> {
    const [generation = '', ...rest] = await this.#feed(lot, { wish: 'open', count });
    return {
      ...batchOf(lot, rest),
      read: async (done, after, most) => {
        const wish = { wish: 'read', argument: generation, done, after, count: most } as const;
        const [answer, ...words] = await this.#feed(lot, wish);
        return answer === 'lost' ? undefined : batchOf(lot, words);
      },
    };
  }

  async history(lot: Lot, after: string, count: number): Promise<readonly StoredEvent[]> {
    const { connections, keys } = this.#parts;
    const from = after === '' ? '-' : `(${after}`;
    const key = keys.events(lot.partition, lot.sdkAppId);
    const reply = await connections.ask('xrange', key, from, '+', 'COUNT', String(count));
    const words = (reply as readonly [string, readonly string[]][]).flatMap(([id, fields]) => [
      id,
      fields[1] ?? '',
    ]);
    return eventsOf(lot, words);
  }

  async rewind(lot: Lot, sinceMs: number): Promise<void> {
    await this.#feed(lot, { wish: 'rewind', argument: String(Math.floor(sinceMs)), count: 1 });
  }

  /** The slices a node should have, and the owner of each. */
  async shares(
    wish: 'take' | 'look' | 'leave',
    { leaseMs, slices }: { readonly leaseMs: number; readonly slices: number },
    givenBack: readonly number[],
  ): Promise<{ readonly quota: number; readonly owners: readonly string[] }> {
    const { connections, scripts, keys } = this.#parts;
    const words = [String(leaseMs), String(slices), wish, ...givenBack.map(String)];
    const reply = await connections.run(scripts.shares, keys.shares, this.#nodeId, ...words);
    const [quota, ...owners] = reply as readonly [number, ...string[]];
    return { quota, owners };
  }

  /** Says on the channel of a node that these partitions may have new events. */
  async tellNews(nodeId: string, partitions: readonly number[]): Promise<void> {
    const { connections, keys } = this.#parts;
    await connections.ask('publish', keys.channel(nodeId), `news ${partitions.join(',')}`);
  }

  async #feed(lot: Lot, wish: FeedWish): Promise<readonly string[]> {
    const { connections, scripts, keys } = this.#parts;
    const reply = await connections.run(
      scripts.feed,
      keys.events(lot.partition, lot.sdkAppId),
      keys.cursor(lot.partition, lot.sdkAppId),
      wish.wish,
      wish.argument ?? '',
      wish.done ?? '',
      wish.after ?? '',
      String(wish.count),
    );
    return (reply as readonly (string | number)[]).map(String);
  }
}

/** What feed.lua answers behind its first word: where it began, whether something is missing, ids and texts. */
function batchOf(lot: Lot, [from = '', hasGap, ...words]: readonly string[]): EventBatch {
  return { from, hasGap: hasGap === '1', events: eventsOf(lot, words) };
}

function eventsOf({ sdkAppId }: Lot, words: readonly string[]): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    events.push({ place: words[i] ?? '', event: parseEvent(sdkAppId, words[i + 1] ?? '') });
  }
  return events;
}
