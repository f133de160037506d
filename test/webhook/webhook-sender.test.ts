import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRegistry } from '../../gateway/registry/memory/memory-registry.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { AddressRules } from '../../gateway/webhook/address-rules.ts';
import { WebhookCounters } from '../../gateway/webhook/counters.ts';
import { Endpoint, type EndpointSettings } from '../../gateway/webhook/endpoint.ts';
import { replay } from '../../gateway/webhook/replay.ts';
import { tencentSign } from '../../gateway/webhook/signature.ts';
import { WebhookSender } from '../../gateway/webhook/webhook-sender.ts';
import { eventKinds } from '../../protocol/event-kinds.ts';
import { freshUser, loginOf, register, startNode, type FleetNode } from '../registry/fleet.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const patient = { timeout: 15_000, interval: 10 };
const sdkAppId = 1_400_000_000;

describe('sender of webhooks', () => {
  let receiver: WebhookReceiver;
  let node: FleetNode;
  let sender: WebhookSender | undefined;
  let counters: WebhookCounters;
  const logged: { readonly facts: object; readonly message: string }[] = [];
  let store: MemoryStore;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    store = new MemoryStore(Date.now, { events: new Map([[sdkAppId, eventKinds]]) });
    node = await startNode(new MemoryRegistry('n', store));
    logged.length = 0;
  });
  afterEach(async () => {
    await sender?.stop();
    sender = undefined;
    await receiver.stop();
  });

  function tell(wish: Partial<EndpointSettings> = {}): void {
    counters = new WebhookCounters();
    const log = (facts: object, message: string) => void logged.push({ facts, message });
    const endpoint = new Endpoint(
      sdkAppId,
      {
        url: receiver.url,
        token: 'canary-token',
        secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
        events: eventKinds,
        timeoutMs: 300,
        retries: 16,
        concurrency: 4,
        ...wish,
      },
      new AddressRules(['127.0.0.1']),
      { counters, log: { warn: log, error: log } },
    );
    const { events: feed } = node.registry;
    sender = new WebhookSender({ feed, endpoints: [endpoint], counters });
    sender.start();
  }

  /** A login and a logout, so many times. */
  async function come(user: UserRef, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      const phone = loginOf(user);
      await register(node, phone);
      await node.registry.logout(phone, 'left');
    }
  }
  const kindsOf = (user: UserRef): string[] =>
    receiver.eventsOf(user.userId).map(({ Event }) => Event);

  /** Every event of the user was taken, in order, without a gap. */
  function mustBeWhole(user: UserRef, count: number): void {
    const events = receiver.eventsOf(user.userId);
    expect(events).toHaveLength(count);
    events.forEach((event, i) => expect(event.PreviousVersion).toBe(events[i - 1]?.Version ?? 0));
  }

  it('tells a back end, signed in both ways, in the URL and over the body', async () => {
    tell();
    const user = freshUser();
    await come(user, 1);
    await vi.waitFor(() => expect(kindsOf(user)).toEqual(['login', 'logout']), patient);
    const [call] = receiver.calls;
    if (call === undefined) throw new Error('nothing was told');
    const { query, headers, body, path } = call;
    expect(path).toBe('/hooks');
    expect(Object.fromEntries(query)).toMatchObject({
      SdkAppid: String(sdkAppId),
      CallbackCommand: 'State.StateChange',
      contenttype: 'json',
      ClientIP: '',
      OptPlatform: 'IOS',
    });
    expect(query.get('Sign')).toBe(tencentSign('canary-token', Number(query.get('RequestTime'))));
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': body.Gatehouse.Id,
      'webhook-timestamp': query.get('RequestTime'),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
  });

  it('keeps the query that the URL of the back end has', async () => {
    tell({ url: `${receiver.url}?key=a%20b`, token: undefined });
    await come(freshUser(), 1);
    await vi.waitFor(() => expect(receiver.taken).toHaveLength(2), patient);
    expect(receiver.taken[0]?.query.get('key')).toBe('a b');
    expect(receiver.taken[0]?.query.has('Sign')).toBe(false);
  });

  it('tells the events of one user one after the other, and users side by side', async () => {
    tell();
    receiver.mood = () => 'hangs';
    const users = Array.from({ length: 30 }, () => freshUser());
    await Promise.all(users.map((user) => come(user, 10)));
    await vi.waitFor(() => expect(receiver.underWay).toBe(4), patient);
    expect(new Set(receiver.calls.map(({ body }) => body.Info.To_Account)).size).toBe(4);
    receiver.mood = () => 'answers';
    await vi.waitFor(() => expect(receiver.taken).toHaveLength(600), patient);
    for (const user of users) mustBeWhole(user, 20);
    expect(receiver.mostUnderWay).toBe(4);
    await vi.waitFor(() => expect(counters).toMatchObject({ delivered: 600, waiting: 0 }), patient);
  });

  it('keeps the order of a user whose event fails, and does not keep the others', async () => {
    tell();
    const [stuck, other] = [freshUser(), freshUser()];
    let failures = 0;
    receiver.mood = ({ Info, Gatehouse }) => {
      const isStuck = Info.To_Account === stuck.userId && Gatehouse.PreviousVersion === 0;
      return isStuck && failures++ < 2 ? 'fails' : 'answers';
    };
    await come(stuck, 3);
    await come(other, 3);
    await vi.waitFor(() => mustBeWhole(other, 6), patient);
    expect(receiver.eventsOf(stuck.userId)).toHaveLength(0);
    await vi.waitFor(() => mustBeWhole(stuck, 6), patient);
    expect(counters).toMatchObject({ failures: 2, deadLetters: 0 });
    const ids = receiver.calls
      .filter(({ body }) => body.Info.To_Account === stuck.userId)
      .map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
  });

  it('gives an event up after the last try and goes on with the next of the user', async () => {
    tell({ retries: 1 });
    const user = freshUser();
    receiver.mood = ({ Gatehouse }) => (Gatehouse.Event === 'login' ? 'fails' : 'answers');
    await come(user, 1);
    await vi.waitFor(() => expect(kindsOf(user)).toEqual(['logout']), patient);
    expect(counters).toMatchObject({ failures: 2, deadLetters: 1, delivered: 1 });
    const given = logged.filter(({ message }) => message === 'a webhook was given up');
    expect(given.map(({ facts }) => facts)).toMatchObject([
      { userId: user.userId, kind: 'login', reason: 'it answered 500' },
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/canary-token|whsec_/);
  });

  it('keeps little in memory while the back end hangs, and tells all when it is back', async () => {
    tell({ retries: 100 });
    receiver.mood = () => 'hangs';
    const users = Array.from({ length: 300 }, () => freshUser());
    await Promise.all(users.map((user) => come(user, 8)));
    await vi.waitFor(() => expect(counters.failures).toBeGreaterThan(8), patient);
    expect(counters.waiting).toBeLessThanOrEqual(512 + 64);
    receiver.mood = () => 'answers';
    await vi.waitFor(() => expect(receiver.taken.length).toBeGreaterThanOrEqual(4800), {
      ...patient,
      timeout: 30_000,
    });
    for (const user of users) mustBeWhole(user, 16);
    expect(counters.deadLetters).toBe(0);
  }, 40_000);

  it('leaves what it has not told to whoever tells next', async () => {
    tell();
    receiver.mood = () => 'hangs';
    const user = freshUser();
    await come(user, 5);
    await vi.waitFor(() => expect(receiver.calls.length).toBeGreaterThan(0), patient);
    await sender?.stop();
    receiver.mood = () => 'answers';
    tell();
    await vi.waitFor(() => mustBeWhole(user, 10), patient);
    // What was told stays told.
    const before = receiver.calls.length;
    await sender?.stop();
    tell();
    await come(user, 1);
    await vi.waitFor(() => mustBeWhole(user, 12), patient);
    expect(receiver.calls.length).toBe(before + 2);
  });

  it('tells again from a time on when it is asked to', async () => {
    tell();
    const user = freshUser();
    await come(user, 2);
    await vi.waitFor(() => mustBeWhole(user, 4), patient);
    const before = receiver.calls.length;
    await replay(node.registry.events, sdkAppId, 0);
    await vi.waitFor(() => expect(receiver.calls.length).toBe(before + 4), patient);
    const again = receiver.calls.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(again).toEqual(receiver.calls.slice(0, 4).map(({ headers }) => headers['webhook-id']));
  });
});
