import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddressRules } from '../../gateway/webhook/address-rules.ts';
import { guardedLookup } from '../../gateway/webhook/guarded-lookup.ts';
import { Poster, type PostOutcome } from '../../gateway/webhook/poster.ts';
import { WebhookReceiver, type Mood } from '../support/webhook-receiver.ts';

const limits = { timeoutMs: 300, concurrency: 4 };

describe('call of a back end', () => {
  let receiver: WebhookReceiver;
  let poster: Poster;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    poster = posterOf(receiver.url, ['127.0.0.1']);
  });
  afterEach(async () => {
    poster.close();
    await receiver.stop();
  });

  function posterOf(url: string, allowed: readonly string[]): Poster {
    return new Poster(new URL(url), new AddressRules(allowed), limits);
  }
  function post(): Promise<PostOutcome> {
    const body = JSON.stringify({ Info: {}, Gatehouse: {} });
    return poster.post({ path: '/hooks?a=b', headers: { 'x-mark': '1' }, body });
  }

  it('is a POST with its headers over a connection that is kept', async () => {
    for (let i = 0; i < 5; i += 1) expect(await post()).toEqual({ kind: 'taken' });
    expect(receiver.connections).toBe(1);
    expect(receiver.calls[0]?.headers).toMatchObject({
      'x-mark': '1',
      host: `127.0.0.1:${receiver.port}`,
    });
    expect(receiver.calls[0]?.query.get('a')).toBe('b');
  });

  it.each<[Mood, RegExp]>([
    ['fails', /^it answered 500$/],
    ['hangs', /^no answer within 300 ms$/],
    ['drips', /^no answer within 300 ms$/],
    ['redirects', /^it answered 302$/],
    ['cuts', /ECONNRESET|socket hang up/],
    ['floods', /^its answer is too long$/],
  ])('fails when the back end %s, and the next one may succeed', async (mood, reason) => {
    receiver.mood = () => mood;
    expect(await post()).toMatchObject({ kind: 'failed', reason: expect.stringMatching(reason) });
    receiver.mood = () => 'answers';
    expect(await post()).toEqual({ kind: 'taken' });
  });

  it('fails when nobody listens', async () => {
    await receiver.stop();
    expect(await post()).toEqual({ kind: 'failed', reason: 'ECONNREFUSED' });
  });

  it('is made again at once when the kept connection had been closed', async () => {
    expect(await post()).toEqual({ kind: 'taken' });
    receiver.mood = () => 'answers';
    let cuts = 0;
    receiver.mood = () => (cuts++ === 0 ? 'cuts' : 'answers');
    expect(await post()).toEqual({ kind: 'taken' });
    expect(receiver.calls).toHaveLength(3);
  });

  it('is not made at all to an address that may not be called', async () => {
    const strict = posterOf(receiver.url, []);
    const outcome = await strict.post({ path: '/', headers: {}, body: '{}' });
    expect(outcome).toEqual({ kind: 'failed', reason: 'its address may not be called' });
    expect(receiver.connections).toBe(0);
    strict.close();
  });
});

describe('lookup of a back end', () => {
  type Answer = { readonly error: string | undefined; readonly addresses: unknown };
  const ask = (allowed: readonly string[], answer: readonly string[], all: boolean) =>
    new Promise<Answer>((resolve) => {
      const addresses = answer.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      const lookup = guardedLookup(new AddressRules(allowed), (_name, answered) =>
        answered(null, addresses),
      );
      lookup('rebinding.example', { all }, (error, found) =>
        resolve({ error: error?.message, addresses: found }),
      );
    });

  it('finds only what may be called', async () => {
    expect(await ask([], ['10.0.0.1', '8.8.8.8', '::1'], true)).toEqual({
      error: undefined,
      addresses: [{ address: '8.8.8.8', family: 4 }],
    });
    expect(await ask([], ['10.0.0.1', '8.8.8.8'], false)).toMatchObject({ addresses: '8.8.8.8' });
    expect(await ask(['10.0.0.0/8'], ['10.0.0.1'], false)).toMatchObject({ addresses: '10.0.0.1' });
  });

  it('fails for a name that means a private address the second time', async () => {
    for (const all of [true, false]) {
      const { error } = await ask([], ['127.0.0.1', '169.254.169.254'], all);
      expect(error).toBe('no address of it may be called');
    }
  });
});
