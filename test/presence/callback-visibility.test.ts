import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  CallbackVisibility,
  type CallbackSettings,
} from '../../gateway/presence/callback-visibility.ts';
import { PresenceCounters } from '../../gateway/presence/counters.ts';
import { VerdictCache } from '../../gateway/presence/verdict-cache.ts';

interface Call {
  readonly authorization: string | undefined;
  readonly body: { asker: object; sdkAppId: number; userIds: string[] };
  readonly answer: (status: number, body: string) => void;
}

const asker = { sdkAppId: 1, userId: 'alice' };
const ask = (...userIds: string[]) => ({ asker, sdkAppId: 1, userIds });

/** A back end whose calls wait for the test, unless `reply` answers them. */
async function backEnd(
  reply?: (call: Call) => void,
  wish: Partial<CallbackSettings> = {},
): Promise<{
  readonly visibility: CallbackVisibility;
  readonly calls: Call[];
  readonly counters: PresenceCounters;
  readonly errors: string[];
}> {
  const calls: Call[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const call: Call = {
        authorization: request.headers.authorization,
        body: JSON.parse(text) as Call['body'],
        answer: (status, body) => response.writeHead(status).end(body),
      };
      calls.push(call);
      reply?.(call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const counters = new PresenceCounters();
  const errors: string[] = [];
  const visibility = new CallbackVisibility(
    {
      url: `http://127.0.0.1:${port}/see?app=1`,
      secret: 'a-secret-of-16-characters',
      timeoutMs: 5000,
      cacheMs: 60_000,
      cacheEntries: 100,
      concurrency: 2,
      ...wish,
    },
    counters,
    (error) => errors.push(String(error)),
  );
  return { visibility, calls, counters, errors };
}

const seesAllBut =
  (hidden: string) =>
  ({ body, answer }: Call): void =>
    answer(200, JSON.stringify({ visible: body.userIds.filter((userId) => userId !== hidden) }));

describe('a back end that decides who may be seen', () => {
  it('[PRESENCE-7] is asked once for all users of a call, with the secret, and obeyed', async () => {
    const { visibility, calls } = await backEnd(seesAllBut('carol'));
    expect(await visibility.decide(ask('bob', 'carol'))).toEqual(['visible', 'hidden']);
    expect(calls.map(({ authorization, body }) => ({ authorization, body }))).toEqual([
      {
        authorization: 'Bearer a-secret-of-16-characters',
        body: { asker, sdkAppId: 1, userIds: ['bob', 'carol'] },
      },
    ]);
  });

  it('is asked only for what it has not said a short while ago, of this very pair', async () => {
    const { visibility, calls } = await backEnd(seesAllBut('carol'));
    await visibility.decide(ask('bob', 'carol'));
    expect(await visibility.decide(ask('carol', 'dave', 'bob'))).toEqual([
      'hidden',
      'visible',
      'visible',
    ]);
    await visibility.decide({ ...ask('bob'), asker: { sdkAppId: 1, userId: 'eve' } });
    await visibility.decide({ ...ask('bob'), sdkAppId: 2 });
    expect(calls.map(({ body }) => body.userIds)).toEqual([
      ['bob', 'carol'],
      ['dave'],
      ['bob'],
      ['bob'],
    ]);
  });

  it.each([
    ['an error', (call: Call) => call.answer(500, '{"visible":["bob"]}')],
    ['no JSON', (call: Call) => call.answer(200, 'yes')],
    ['JSON of another kind', (call: Call) => call.answer(200, '{"visible":"bob"}')],
    ['null', (call: Call) => call.answer(200, 'null')],
    ['an answer without end', (call: Call) => call.answer(200, ' '.repeat(100_000))],
    ['a redirect', (call: Call) => call.answer(302, '')],
  ])('lets nobody be seen with %s, and is asked again', async (_, reply) => {
    const { visibility, calls, counters, errors } = await backEnd(reply);
    expect(await visibility.decide(ask('bob'))).toEqual(['unknown']);
    expect(await visibility.decide(ask('bob'))).toEqual(['unknown']);
    expect(calls).toHaveLength(2);
    expect(counters).toMatchObject({ callbacks: 2, callbackFailures: 2 });
    expect(errors.join()).not.toContain('secret');
  });

  it('lets nobody be seen when it does not answer in time, or is not there', async () => {
    const slow = await backEnd(undefined, { timeoutMs: 50 });
    expect(await slow.visibility.decide(ask('bob'))).toEqual(['unknown']);
    const gone = await backEnd(undefined, { url: 'http://127.0.0.1:1/' });
    expect(await gone.visibility.decide(ask('bob'))).toEqual(['unknown']);
  });

  it('is called by so many at a time; some more wait, and beyond that nobody is seen', async () => {
    const { visibility, calls, counters } = await backEnd(undefined, { concurrency: 1 });
    const asked = Array.from({ length: 18 }, (_, i) => visibility.decide(ask(`u${i}`)));
    expect(await asked[17]).toEqual(['unknown']);
    expect(counters.callbackFailures).toBe(1);
    for (let i = 0; i < 17; i += 1) {
      await vi.waitFor(() => expect(calls).toHaveLength(i + 1));
      const call = calls[i] as Call;
      call.answer(200, JSON.stringify({ visible: call.body.userIds }));
      expect(await asked[i]).toEqual(['visible']);
    }
  });
});

describe('the cache of verdicts', () => {
  it('forgets after its time, and what was not looked at for longest when it is full', () => {
    const cache = new VerdictCache(2, 100);
    cache.set('a', true, 0);
    cache.set('b', false, 10);
    expect(cache.get('a', 20)).toBe(true);
    cache.set('c', true, 30);
    expect([cache.get('b', 40), cache.get('a', 40), cache.get('c', 40)]).toEqual([
      undefined,
      true,
      true,
    ]);
    expect(cache.get('a', 99)).toBe(true);
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.size).toBe(1);
  });

  it('keeps nothing when answers do not hold', () => {
    const cache = new VerdictCache(2, 0);
    cache.set('a', true, 0);
    expect(cache.size).toBe(0);
  });
});
