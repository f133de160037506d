import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { handshakeText, RawClient, type HttpAnswer } from '../support/raw-client.ts';
import { eventually, kinds, logoutMessage, makeCertificate, startTransport } from './harness.ts';

describe.each(kinds)('the handshake on %s', (kind) => {
  it.each(['gatehouse.v1.msgpack', 'gatehouse.v1.json'])(
    '[CONN-1] opens a session for the subprotocol %s',
    async (protocol) => {
      const { transport, target, session } = await startTransport(kind);
      const client = await RawClient.open(target, protocol);
      const answer = await client.answer();
      expect(answer.headers.get('sec-websocket-protocol')).toBe(protocol);
      expect(answer.headers.get('sec-websocket-extensions')).toBeUndefined();
      expect((await session()).outbound.remoteAddress).toBe('127.0.0.1');
      expect(transport).toMatchObject({ kind, openCount: 1, pendingCount: 1 });
    },
  );

  it('[CONN-1] chooses MessagePack when both are offered', async () => {
    const { target } = await startTransport(kind);
    const client = await RawClient.open(target, 'gatehouse.v1.json, gatehouse.v1.msgpack');
    const { headers } = await client.answer();
    expect(headers.get('sec-websocket-protocol')).toBe('gatehouse.v1.msgpack');
  });

  it('computes the accept key of RFC 6455 and turns down compression', async () => {
    const { target } = await startTransport(kind);
    const client = await RawClient.open(target, 'gatehouse.v1.json', {
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    });
    const { headers } = await client.answer();
    expect(headers.get('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(headers.get('sec-websocket-extensions')).toBeUndefined();
  });

  it('opens with a query, which it ignores', async () => {
    const { target } = await startTransport(kind);
    expect((await RawClient.ask(target, handshakeText('/?x=1'))).status).toBe(101);
  });

  const odd = { 'Sec-WebSocket-Protocol': undefined };
  it.each<[string, number, string, string]>([
    ['a plain GET', 426, 'notUpgrade', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another path', 404, 'path', handshakeText('/chat')],
    ['a plain GET of another path', 404, 'path', 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a POST', 405, 'method', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'],
    ['a POST handshake', 405, 'method', handshakeText('/', {}, 'POST / HTTP/1.1')],
    ['a handshake without key', 400, 'key', handshakeText('/', { 'Sec-WebSocket-Key': undefined })],
    ['a short key', 400, 'key', handshakeText('/', { 'Sec-WebSocket-Key': 'c2hvcnQ=' })],
    [
      'a key of odd characters',
      400,
      'key',
      handshakeText('/', { 'Sec-WebSocket-Key': '~'.repeat(24) }),
    ],
    ['version 8', 426, 'version', handshakeText('/', { 'Sec-WebSocket-Version': '8' })],
    ['no version', 426, 'version', handshakeText('/', { 'Sec-WebSocket-Version': undefined })],
    ['no Upgrade header', 426, 'notUpgrade', handshakeText('/', { Upgrade: undefined })],
    ['no Connection header', 426, 'notUpgrade', handshakeText('/', { Connection: undefined })],
    ['no subprotocol', 400, 'subprotocol', handshakeText('/', odd)],
    [
      'an unknown one',
      400,
      'subprotocol',
      handshakeText('/', { 'Sec-WebSocket-Protocol': 'mqtt' }),
    ],
    [
      'a subprotocol list of commas',
      400,
      'subprotocol',
      handshakeText('/', { 'Sec-WebSocket-Protocol': ','.repeat(200) }),
    ],
    ['a foreign origin', 403, 'origin', handshakeText('/', { Origin: 'https://evil.example' })],
  ])('answers %s with %i (%s)', async (...[, status, reason, text]) => {
    const { transport, target, sessions } = await startTransport(kind);
    const answer = await RawClient.ask(target, text);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^[^\n]+\n$/);
    expect(answer.headers.get('connection')).toContain('close');
    expect(transport.counters.refused).toMatchObject({ [reason]: 1 });
    expect(sessions).toEqual([]);
  });

  it('tells version 13 to a client that speaks another', async () => {
    const { target } = await startTransport(kind);
    const answer = await RawClient.ask(
      target,
      handshakeText('/', { 'Sec-WebSocket-Version': '7' }),
    );
    expect(answer.headers.get('sec-websocket-version')).toBe('13');
    expect(answer.headers.get('upgrade')).toBe('websocket');
  });

  it.each([
    ['https://chat.example', 101],
    [undefined, 101],
    ['null', 403],
    ['https://evil-chat.example', 403],
    ['https://chat.example:8443', 403],
    ['https://CHAT.example', 403],
    ['https://chat.example.', 403],
    ['https://xn--chat-example', 403],
  ])('[CONN-3] answers the origin %s with %i', async (origin, status) => {
    const { target } = await startTransport(kind, { origins: ['https://chat.example'] });
    expect((await RawClient.ask(target, handshakeText('/', { Origin: origin }))).status).toBe(
      status,
    );
  });

  it('believes no header about the address of the peer', async () => {
    const { target, session } = await startTransport(kind);
    await RawClient.open({ ...target, localAddress: '127.0.0.7' }, 'gatehouse.v1.json', {
      'X-Forwarded-For': '203.0.113.9',
      Forwarded: 'for=203.0.113.9',
      'X-Real-IP': '203.0.113.9',
    });
    expect((await session()).outbound.remoteAddress).toBe('127.0.0.7');
  });

  it('believes no PROXY header about the address of the peer', async () => {
    const { target, sessions } = await startTransport(kind);
    const client = await RawClient.connect(target);
    const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
    const claim = Buffer.from('2111000ccb007109cb00710904d204d2', 'hex');
    client.sendBytes(Buffer.concat([signature, claim, Buffer.from(handshakeText())]));
    // uWebSockets.js reads the header, and we do not ask it what stands there; `ws` refuses it.
    expect([101, 400]).toContain((await client.answer()).status);
    for (const session of sessions) expect(session.outbound.remoteAddress).toBe('127.0.0.1');
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some((address) => address.address === '::1'),
  );
  it.runIf(hasIpv6)(
    'tells IPv4 and IPv6 peers of one listener by canonical addresses',
    async () => {
      const { target, session } = await startTransport(kind, { host: '::' });
      await RawClient.open({ ...target, host: '::1' });
      await RawClient.open({ ...target, host: '127.0.0.1' });
      expect((await session(0)).outbound.remoteAddress).toBe('::1');
      expect((await session(1)).outbound.remoteAddress).toBe('127.0.0.1');
    },
  );

  it('takes a handshake that comes byte by byte', async () => {
    const { target } = await startTransport(kind);
    const client = await RawClient.connect(target);
    for (const byte of handshakeText()) {
      client.sendText(byte);
      await new Promise(setImmediate);
    }
    expect((await client.answer()).status).toBe(101);
  });

  it('survives a frame that comes before the answer, which RFC 6455 4.1 forbids', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.connect(target);
    client.sendBytes(Buffer.concat([Buffer.from(handshakeText()), logoutMessage(5)]));
    await client.answer();
    client.sendBytes(logoutMessage(6));
    const opened = await session();
    await eventually(() => opened.received.at(-1)?.seq === 6);
  });

  it.each([
    ['an endless header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}`],
    ['garbage', '\u0000\u00ff\u0016garbage\r\n\r\n'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n'],
    ['a broken request line', 'GET\r\n\r\n'],
    ['header names of nothing', 'GET / HTTP/1.1\r\n: x\r\n: y\r\n\r\n'],
  ])('opens nothing for %s and goes on serving', async (_, text) => {
    const { target, sessions } = await startTransport(kind);
    const client = await RawClient.connect(target);
    client.sendText(text);
    client.socket.end();
    await client.ended;
    expect(sessions).toEqual([]);
    expect((await RawClient.ask(target, handshakeText())).status).toBe(101);
  });
});

describe.each(kinds)('the caps on sockets not yet logged in on %s', (kind) => {
  const ask = (port: number, localAddress: string): Promise<HttpAnswer> =>
    RawClient.ask({ port, localAddress }, handshakeText());

  it('[CONN-5, CLOSE-4] refuse one address while others get in', async () => {
    const { transport, target } = await startTransport(kind, { maxPendingPerAddress: 2 });
    await RawClient.open({ ...target, localAddress: '127.0.0.2' });
    await RawClient.open({ ...target, localAddress: '127.0.0.2' });
    const refused = await ask(target.port, '127.0.0.2');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(target.port, '127.0.0.3')).status).toBe(101);
    expect(transport.counters.refused.tooManyPendingFromAddress).toBe(1);
  });

  it('[CONN-5] refuse everybody above the total', async () => {
    const { target } = await startTransport(kind, { maxPending: 2 });
    await RawClient.open({ ...target, localAddress: '127.0.0.2' });
    await RawClient.open({ ...target, localAddress: '127.0.0.3' });
    const refused = await ask(target.port, '127.0.0.4');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('make room when a socket logs in, once and for good', async () => {
    const { transport, target, session } = await startTransport(kind, { maxPending: 1 });
    const first = await RawClient.open(target);
    (await session()).outbound.loggedIn();
    (await session()).outbound.loggedIn();
    expect(transport.pendingCount).toBe(0);
    await RawClient.open(target);
    first.destroy();
    await eventually(() => transport.openCount === 1);
    expect(transport.pendingCount).toBe(1);
    expect((await ask(target.port, '127.0.0.1')).status).toBe(503);
  });

  it.each<[string, (client: RawClient) => void]>([
    ['leaves', (client) => client.sendClose(1000)],
    ['is reset', (client) => client.reset()],
    ['breaks the protocol', (client) => client.sendFrame({ reserved: 7 })],
  ])('make room when a socket %s', async (_, end) => {
    const { transport, target } = await startTransport(kind, { maxPendingPerAddress: 1 });
    end(await RawClient.open(target));
    await eventually(() => transport.pendingCount === 0);
    await RawClient.open(target);
    expect(transport.pendingCount).toBe(1);
  });
});

describe.each(kinds)('the port on %s', (kind) => {
  it('speaks TLS with a certificate and key from files', async () => {
    const { target, session } = await startTransport(kind, { tls: makeCertificate() });
    const client = await RawClient.open(target);
    const { outbound } = await session();
    outbound.close('kicked');
    expect((await client.ended).code).toBe(4500);
  });

  it('names the file when a certificate cannot be read or is none', async () => {
    const tls = makeCertificate();
    const missing = { ...tls, certFile: '/nonexistent/cert.pem' };
    await expect(startTransport(kind, { tls: missing })).rejects.toThrow('/nonexistent/cert.pem');
    const swapped = { certFile: tls.keyFile, keyFile: tls.certFile };
    await expect(startTransport(kind, { tls: swapped })).rejects.toThrow(tls.keyFile);
  });

  it('says why it cannot listen', async () => {
    const { target } = await startTransport(kind);
    const taken = startTransport(kind, { port: target.port });
    await expect(taken).rejects.toThrow(/cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/);
  });

  it.runIf(kind === 'uws')('is shared by two listeners when it is not exclusive', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    await startTransport(kind, { port, exclusivePort: false });
    const second = await startTransport(kind, { port, exclusivePort: false });
    expect(second.target.port).toBe(port);
  });

  it('refuses newcomers after stopAccepting and keeps who is there', async () => {
    const { transport, target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const halfway = await RawClient.connect(target);
    halfway.sendText('GET / HTTP/1.1\r\n');
    await new Promise(setImmediate);
    transport.stopAccepting();
    transport.stopAccepting();
    await expect(RawClient.connect(target)).rejects.toThrow('ECONNREFUSED');
    halfway.sendText(handshakeText().slice('GET / HTTP/1.1\r\n'.length));
    expect((await halfway.answer()).status).toBe(503);
    client.sendBytes(logoutMessage(1));
    const { received } = await session();
    await eventually(() => received.length === 1);
    expect(transport.openCount).toBe(1);
  });
});
