import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EventBatch, EventFeed, OpenLot, StoredEvent } from '../../gateway/registry/events.ts';
import { AddressRules } from '../../gateway/webhook/address-rules.ts';
import { WebhookCounters } from '../../gateway/webhook/counters.ts';
import { Endpoint } from '../../gateway/webhook/endpoint.ts';
import { LotReader } from '../../gateway/webhook/lot-reader.ts';

const lot = { sdkAppId: 1, partition: 0 };
const silent = { warn: () => undefined, error: () => undefined };

function eventAt(place: string): StoredEvent {
  const names = { userId: 'u', instanceId: 'i', sessionId: 's', nodeId: 'n' };
  const times = { version: Number(place), previous: Number(place) - 1, atMs: 1 };
  return { place, event: { kind: 'logout', platform: 'web', sdkAppId: 1, ...names, ...times } };
}

/** One event, in a share that is held for so long at any time; reads behind it find nothing, or wait for `answer`. */
class OneEventFeed implements EventFeed {
  readonly partitions = 1;
  readonly apps = [1];
  opened = 0;
  answer: (batch: EventBatch) => void = () => undefined;
  leftMs: number;
  readonly isPrompt: boolean;

  constructor(leftMs: number, isPrompt: boolean) {
    this.leftMs = leftMs;
    this.isPrompt = isPrompt;
  }

  heldUntil(): number {
    return performance.now() + this.leftMs;
  }

  open(): Promise<OpenLot> {
    this.opened += 1;
    const events = [eventAt('1')];
    const nothing: EventBatch = { from: '1', events: [], hasGap: false };
    const read = (): Promise<EventBatch> =>
      this.isPrompt ? Promise.resolve(nothing) : new Promise((resolve) => (this.answer = resolve));
    return Promise.resolve({ from: '0', events, hasGap: false, read });
  }

  join(): void {}
  history = (): Promise<readonly StoredEvent[]> => Promise.resolve([]);
  rewind = (): Promise<void> => Promise.resolve();
  leave = (): Promise<void> => Promise.resolve();
}

describe('reader of a lot', () => {
  let endpoint: Endpoint;
  afterEach(() => endpoint.close());

  function read(feed: EventFeed): { reader: LotReader; counters: WebhookCounters } {
    const counters = new WebhookCounters();
    const settings = { token: 'some-token', secrets: [], events: [], retries: 3, concurrency: 2 };
    const url = 'http://127.0.0.1:1/';
    endpoint = new Endpoint(
      1,
      { url, timeoutMs: 300, ...settings },
      new AddressRules(['127.0.0.1']),
      { counters, log: silent },
    );
    return { reader: new LotReader(lot, { feed, endpoint, counters }), counters };
  }

  it('does not ask again and again while too little of its share is left', async () => {
    const feed = new OneEventFeed(200, true);
    const { reader } = read(feed);
    reader.news();
    const startedAt = performance.now();
    await vi.waitFor(() => expect(performance.now() - startedAt).toBeGreaterThan(400), {
      interval: 10,
    });
    expect(feed.opened).toBeLessThan(3);
    feed.leftMs = 60_000;
    await vi.waitFor(() => expect(feed.opened).toBeGreaterThan(0), { timeout: 5000 });
    await reader.close();
  });

  it('forgets what a read brings that ends after the share was given back', async () => {
    const feed = new OneEventFeed(60_000, false);
    const { reader, counters } = read(feed);
    reader.news();
    await vi.waitFor(() => expect(counters.failures).toBeGreaterThan(0), { timeout: 5000 });
    const late = feed.answer;
    feed.leftMs = -Infinity;
    const released = reader.release();
    late({ from: '1', events: [eventAt('2'), eventAt('3')], hasGap: false });
    await released;
    await vi.waitFor(() => expect(counters.waiting).toBe(0), { timeout: 5000 });
    // Whatever is still to happen.
    await new Promise((resolve) => setImmediate(resolve));
    expect(counters.waiting).toBe(0);
  });
});
