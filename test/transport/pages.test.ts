import { describe, expect, it } from 'vitest';
import type { FindPage } from '../../gateway/transport/pages.ts';
import { handshakeText, RawClient } from '../support/raw-client.ts';
import { kinds, startTransport } from './harness.ts';

const long = Buffer.alloc(400_000, 'x');
const findPage: FindPage = (path, host) => {
  if (host !== 'page.test') return undefined;
  if (path === '/') return { headers: [['X-Page', 'yes']], body: '<p>a page' };
  return path === '/long' ? { headers: [], body: long } : undefined;
};
const get = (path: string, host = 'page.test'): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

describe.each(kinds)('pages on %s', (kind) => {
  it('are shown to a plain GET, with their headers, and end the connection', async () => {
    const { target, transport } = await startTransport(kind, { findPage });
    const answer = await RawClient.ask(target, get('/?x=1'));
    expect(answer).toMatchObject({ status: 200, body: '<p>a page' });
    expect(answer.headers.get('x-page')).toBe('yes');
    expect(answer.headers.get('connection')).toContain('close');
    expect(new Set(Object.values(transport.counters.refused))).toEqual(new Set([0]));
  });

  it('arrive whole, however long', async () => {
    const { target } = await startTransport(kind, { findPage });
    expect((await RawClient.ask(target, get('/long'))).body).toBe(long.toString());
  });

  it('leave the WebSocket where it is', async () => {
    const { target } = await startTransport(kind, { findPage });
    const text = handshakeText('/', { Host: 'page.test' });
    expect((await RawClient.ask(target, text)).status).toBe(101);
  });

  const odd = { Host: 'page.test', 'Sec-WebSocket-Key': undefined };
  it.each([
    ['a path without a page', 404, get('/else')],
    ['another host', 426, get('/', 'evil.example')],
    [
      'a POST',
      405,
      get('/').replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 0\r\n\r\n'),
    ],
    ['a faulty handshake', 400, handshakeText('/', odd)],
  ])('are not for %s, which gets %i as everywhere', async (...[, status, text]) => {
    const { target } = await startTransport(kind, { findPage });
    expect((await RawClient.ask(target, text)).status).toBe(status);
  });

  it('are nowhere without development mode', async () => {
    const { target } = await startTransport(kind);
    expect((await RawClient.ask(target, get('/'))).status).toBe(426);
  });
});
