import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Playground } from '../../gateway/playground/playground.ts';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import { verifyUserSig } from '../../gateway/ticket/user-sig.ts';

const sdkAppId = 1_400_000_000;
const secret = 'a key of this test';
/** Nothing listens there: the API asks nothing of the gateway. */
const gatewayPort = 7600;

/** What a request differs in from an honest one. */
interface Order {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

describe("the playground's API", () => {
  let playground: Playground | undefined;
  afterEach(() => playground?.close());

  async function start(app: { sdkAppId: number; secret?: string } = { sdkAppId, secret }) {
    const loaded = Playground.load({ host: '127.0.0.1', app, policy: 'triple' });
    if (typeof loaded === 'string') throw new Error(loaded);
    playground = loaded;
    await loaded.start(gatewayPort);
    const facts = loaded.findPage('/playground.json', `127.0.0.1:${gatewayPort}`);
    const { apiUrl } = JSON.parse(String(facts?.body)) as { apiUrl: string };
    const port = Number(new URL(apiUrl).port);
    return (order: Order) => ask(port, order);
  }

  it('makes tickets of the sample app', async () => {
    const api = await start();
    const { status, body } = await api({ body: '{"userId":"alice","expireS":20}' });
    expect(status).toBe(200);
    const keys = new AppKeys([{ sdkAppId, keys: [{ secret }] }]);
    const { userSig } = body as { userSig: string };
    const clock = { nowS: Math.floor(Date.now() / 1000), toleranceS: 0 };
    expect(verifyUserSig(userSig, { sdkAppId, userId: 'alice' }, keys, clock)).toMatchObject({
      kind: 'valid',
      ticket: { userId: 'alice' },
    });
  });

  it("makes none of an operator's own app", async () => {
    const api = await start({ sdkAppId });
    const { status, body } = await api({ body: '{"userId":"alice","expireS":20}' });
    expect(status).toBe(403);
    expect(body.error).toContain('sample app only');
  });

  it('answers only the page, under a name of this machine', async () => {
    const api = await start();
    const cases: readonly [NonNullable<Order['headers']>, number][] = [
      [{ origin: 'http://127.0.0.1:7600' }, 200],
      [{ origin: 'http://localhost:7600' }, 200],
      [{ origin: undefined }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: 'http://evil.example' }, 403],
      [{ origin: 'http://127.0.0.1:7601' }, 403],
      [{ origin: 'https://127.0.0.1:7600' }, 403],
      [{ host: 'evil.example' }, 421],
      [{ host: '127.0.0.1' }, 421],
      [{ host: '127.0.0.1:7600' }, 421],
    ];
    for (const [headers, status] of cases) {
      const answer = await api({ headers });
      expect([headers, answer.status]).toEqual([headers, status]);
      const allowed = status === 200 ? headers['origin'] : undefined;
      if ('origin' in headers) expect(answer.headers['access-control-allow-origin']).toBe(allowed);
      if (status !== 200) expect(answer.body).toEqual({ error: expect.any(String) });
    }
  });

  it('lets a browser ask beforehand', async () => {
    const api = await start();
    const { status, headers } = await api({ method: 'OPTIONS', body: '' });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'http://127.0.0.1:7600',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
    });
  });

  it.each<[string, Order, number, RegExp]>([
    ['a GET', { method: 'GET', body: '' }, 405, /POST/],
    ['an unknown path', { path: '/admin' }, 404, /path/],
    ['a form', { headers: { 'content-type': 'text/plain' } }, 415, /application\/json/],
    ['no JSON', { body: '{"userId":' }, 400, /JSON/],
    ['no object', { body: 'null' }, 400, /object/],
    ['a missing field', { body: '{"userId":"alice"}' }, 400, /^expireS: /],
    ['an unknown field', { body: '{"userId":"alice","expireS":20,"x":1}' }, 400, /x/],
    ['a wrong user', { body: '{"userId":"a b","expireS":20}' }, 400, /^userId: 1 to 32 letters/],
    ['a life of 0 s', { body: '{"userId":"alice","expireS":0}' }, 400, /^expireS: /],
    ['a life too long', { body: '{"userId":"alice","expireS":604801}' }, 400, /^expireS: /],
    ['a body too long', { body: ' '.repeat(2049) }, 413, /2048/],
    ['a link that is none', { path: '/links/keep', body: '{"id":"link-9"}' }, 404, /link-9/],
    [
      'a mode that is none',
      { path: '/links/mode', body: '{"id":"link-1","mode":"slow"}' },
      400,
      /^mode: /,
    ],
  ])('refuses %s in words', async (...[, order, status, error]) => {
    const api = await start();
    const answer = await api(order);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatch(error);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('opens links, keeps them, sets how they are and resets them', async () => {
    const api = await start();
    const { body } = await api({ path: '/links', body: '{}' });
    expect(body).toEqual({ id: expect.any(String), port: expect.any(Number) });
    const { id } = body as { id: string };
    const keep = () => api({ path: '/links/keep', body: JSON.stringify({ id }) });
    expect((await keep()).body).toEqual({ mode: 'normal' });
    await api({ path: '/links/mode', body: JSON.stringify({ id, mode: 'refuse' }) });
    expect((await keep()).body).toEqual({ mode: 'refuse' });
    expect((await api({ path: '/links/reset', body: JSON.stringify({ id }) })).status).toBe(200);
  });
});

describe('the playground', () => {
  const settings = { app: { sdkAppId, secret }, policy: 'triple' };

  it.each(['0.0.0.0', '::', '192.0.2.1', '127.evil.example', 'localhost.evil.example'])(
    'is not to be had on %s',
    (host) => {
      expect(Playground.load({ ...settings, host })).toContain(`none on ${host}`);
    },
  );

  it('shows nothing before it is started', () => {
    const playground = Playground.load({ ...settings, host: '127.0.0.1' });
    if (typeof playground === 'string') throw new Error(playground);
    expect(playground.findPage('/', '127.0.0.1:7600')).toBeUndefined();
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: { readonly error?: string };
}

/** A request with any headers; fetch would not let Host and Origin be set. */
async function ask(port: number, order: Order): Promise<Answer> {
  const { path = '/tickets', method = 'POST', headers = {} } = order;
  const { body = '{"userId":"alice","expireS":20}' } = order;
  const all = {
    origin: 'http://127.0.0.1:7600',
    'content-type': 'application/json',
    ...headers,
  };
  const given = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new Promise((resolve, reject) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path,
      method,
      headers: Object.fromEntries(given),
    });
    asked.once('error', reject);
    asked.once('response', (response) => {
      text(response).then((answer) => {
        const { statusCode = 0, headers: got } = response;
        resolve({
          status: statusCode,
          headers: got,
          body: answer === '' ? {} : JSON.parse(answer),
        });
      }, reject);
    });
    asked.end(body);
  });
}
