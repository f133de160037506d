import { describe, expect, it } from 'vitest';
import { decodeServerFrame, encode, type Encoding } from '../../protocol/codec.ts';
import type { Frame, ServerFrame } from '../../protocol/frames.ts';
import {
  handshakeLoginPrefix,
  handshakeSubprotocols,
  offerLogin,
} from '../../protocol/handshake.ts';
import { handshakeText, opcode, RawClient, type RawTarget } from '../support/raw-client.ts';
import {
  eventually,
  kickedFrame,
  kinds,
  logoutMessage,
  makeCertificate,
  serverLetsGo,
  startTransport,
} from './harness.ts';

const login: Frame<'login'> = {
  name: 'login',
  seq: 7,
  sdkAppId: 1_400_000_001,
  userId: 'alice',
  userSig: 'eJyr-a-ticket',
  instanceId: 'phone-1',
  platform: 'ios',
  automatic: false,
  client: 'test',
  afterPush: 0,
};
const refused: ServerFrame = {
  name: 'failed',
  seq: 7,
  code: 70009,
  message: 'forged',
  retryAfterMs: 0,
};

/** The offer of a client that holds its ticket; `bytes` stand where the login frame belongs. */
function offerOf(encoding: Encoding, bytes = encode(login, encoding)): string {
  return offerLogin(bytes, encoding).join(', ');
}

/** Sends the handshake and gives the client before any answer. */
async function sendOffer(target: RawTarget, offer = offerOf('msgpack')): Promise<RawClient> {
  const client = await RawClient.connect(target);
  client.sendText(handshakeText('/', { 'Sec-WebSocket-Protocol': offer }));
  return client;
}

async function selected(client: RawClient): Promise<string | undefined> {
  const { status, headers } = await client.answer();
  expect(status).toBe(101);
  return headers.get('sec-websocket-protocol');
}

async function nextReply(client: RawClient, encoding: Encoding = 'msgpack') {
  const { payload } = await client.nextFrame();
  const decoded = decodeServerFrame(payload, encoding);
  return decoded.kind === 'frame' ? decoded.frame : decoded;
}

describe.each(kinds)('a login within the handshake on %s', (kind) => {
  it.each<Encoding>(['msgpack', 'json'])(
    '[CONN-10] is the first message of the session, in %s',
    async (encoding) => {
      const { transport, target, session } = await startTransport(kind, {}, (opened) => {
        opened.onReceive = () => opened.outbound.send(refused);
      });
      const client = await sendOffer(target, offerOf(encoding));
      expect(await selected(client)).toBe(handshakeSubprotocols[encoding]);
      expect(await nextReply(client, encoding)).toEqual(refused);
      const { received } = await session();
      expect(received).toEqual([login]);
      expect(transport.pendingCount).toBe(1);
      expect(transport.counters).toMatchObject({ opened: 1, framesIn: 1, framesOut: 1 });
      client.sendFrame({
        opcode: encoding === 'json' ? opcode.text : opcode.binary,
        payload: encode({ name: 'logout', seq: 8 }, encoding),
      });
      await eventually(() => received.at(-1)?.seq === 8);
    },
  );

  it.each<[string, boolean]>([
    ['plain TCP', false],
    ['TLS', true],
  ])(
    '[CONN-10] that is answered at once gets 101 and answer in one piece over %s',
    async (_, isTls) => {
      const tls = isTls ? { tls: makeCertificate() } : {};
      const { target } = await startTransport(kind, tls, (opened) => {
        opened.onReceive = () => opened.outbound.send(refused);
      });
      const client = await RawClient.connect(target);
      let pieces = 0;
      client.socket.on('data', () => (pieces += 1));
      client.sendText(handshakeText('/', { 'Sec-WebSocket-Protocol': offerOf('msgpack') }));
      expect(await nextReply(client)).toEqual(refused);
      expect(pieces).toBe(1);
    },
  );

  it('[CONN-10] has its 101 before a slow answer', async () => {
    const { target, session } = await startTransport(kind);
    const client = await sendOffer(target);
    expect(await selected(client)).toBe('gatehouse.v1.msgpack+login');
    const { outbound } = await session();
    outbound.loggedIn();
    outbound.send(refused);
    expect(await nextReply(client)).toEqual(refused);
  });

  it('[CONN-10, KICK-1] that waits for its answer can be kicked', async () => {
    const { target, session, transport } = await startTransport(kind);
    const client = await sendOffer(target);
    (await session()).outbound.close('kicked', kickedFrame);
    expect(await nextReply(client)).toEqual(kickedFrame);
    expect((await client.ended).code).toBe(4500);
    expect(transport).toMatchObject({ openCount: 0, pendingCount: 0 });
  });

  it.each<[string, string]>([
    ['is no base64url', `${handshakeLoginPrefix}a~b`],
    ['comes twice', `${handshakeLoginPrefix}AAAA, ${handshakeLoginPrefix}BBBB`],
    ['is missing', 'mqtt'],
    ['is too long', `${handshakeLoginPrefix}${'A'.repeat(2050)}`],
  ])('[CONN-11] whose token %s is none: the plain subprotocol is selected', async (_, token) => {
    const { target, session } = await startTransport(kind);
    const offer = `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token}`;
    const client = await sendOffer(target, offer);
    expect(await selected(client)).toBe('gatehouse.v1.msgpack');
    client.sendBytes(logoutMessage(3));
    const { received } = await session();
    await eventually(() => received.length === 1);
    expect(received).toEqual([{ name: 'logout', seq: 3 }]);
  });

  it('[CONN-11] is not taken where the operator switched it off', async () => {
    const { target, session } = await startTransport(kind, { handshakeLogin: 'off' });
    const client = await sendOffer(target);
    expect(await selected(client)).toBe('gatehouse.v1.msgpack');
    client.sendBytes(logoutMessage(3));
    const { received } = await session();
    await eventually(() => received.length === 1);
    expect(received[0]?.name).toBe('logout');
  });

  it.each<[string, Uint8Array | string]>([
    ['garbage', Uint8Array.of(0xc1, 0xff)],
    ['JSON in the msgpack encoding', encode(login, 'json')],
    [
      'a frame with bytes behind it',
      Buffer.concat([Buffer.from(encode(login, 'msgpack')), Buffer.of(0)]),
    ],
  ])('[CONN-10, FRAME-6] closes with 4503 for %s, as a first frame would', async (_, bytes) => {
    const { transport, target, session } = await startTransport(kind);
    const client = await sendOffer(target, offerOf('msgpack', bytes));
    expect(await selected(client)).toBe('gatehouse.v1.msgpack+login');
    expect((await client.ended).code).toBe(4503);
    expect(await session()).toMatchObject({ closedCount: 1, received: [] });
    expect(transport.counters).toMatchObject({ opened: 1, closed: 1, badFrames: 1 });
    expect(transport.pendingCount).toBe(0);
  });

  it.each([false, true])(
    '[CONN-10] that is closed at once has its last frame, and leaves nothing open (TLS: %s)',
    async (isTls) => {
      const tls = isTls ? { tls: makeCertificate() } : {};
      const { target, transport } = await startTransport(kind, tls, (opened) => {
        opened.onReceive = () => opened.outbound.close('kicked', kickedFrame);
      });
      const client = await sendOffer(target);
      const { localPort = 0 } = client.socket;
      expect(await nextReply(client)).toEqual(kickedFrame);
      expect((await client.ended).code).toBe(4500);
      await serverLetsGo(target.port, localPort);
      expect(transport).toMatchObject({ openCount: 0, pendingCount: 0 });
    },
  );

  it('[CONN-10] whose client goes before the answer leaves nothing behind', async () => {
    const { target, session, transport } = await startTransport(kind);
    const client = await sendOffer(target);
    const waiting = await session();
    client.reset();
    await eventually(() => waiting.closedCount === 1);
    expect(waiting.end).toBe('lost');
    expect(waiting.outbound.send(refused)).toBe('dropped');
    expect(transport).toMatchObject({ openCount: 0, pendingCount: 0 });
  });

  it('[CONN-5] counts against the caps, and none is taken beyond them', async () => {
    const { target, sessions, session } = await startTransport(kind, { maxPending: 1 });
    await sendOffer(target);
    await session();
    const second = await sendOffer(target);
    expect((await second.answer()).status).toBe(503);
    expect(sessions).toHaveLength(1);
  });

  it('[CONN-3] is not looked at from a foreign origin', async () => {
    const { target, sessions } = await startTransport(kind, { origins: ['https://chat.example'] });
    const client = await RawClient.connect(target);
    client.sendText(
      handshakeText('/', {
        'Sec-WebSocket-Protocol': offerOf('msgpack'),
        Origin: 'https://evil.example',
      }),
    );
    expect((await client.answer()).status).toBe(403);
    expect(sessions).toEqual([]);
  });

  it('[CONN-8] counts as a frame', async () => {
    const { target, session } = await startTransport(kind, { frameBurst: 1, framesPerS: 1 });
    const client = await sendOffer(target);
    await selected(client);
    client.sendBytes(logoutMessage(3));
    expect((await client.ended).code).toBe(4505);
    expect((await session()).received).toEqual([login]);
  });

  it('[DRAIN-1] that waits for its answer is told that the node leaves', async () => {
    const { target, session, transport } = await startTransport(kind);
    const client = await sendOffer(target);
    const waiting = await session();
    transport.stopAccepting();
    expect(waiting.closedCount).toBe(0);
    await transport.close();
    expect((await client.ended).code).toBe(4000);
    expect(waiting.closedCount).toBe(1);
  });

  it('opens nothing where the headers are too large, and goes on serving', async () => {
    const { target, sessions } = await startTransport(kind);
    const client = await RawClient.connect(target);
    const text = handshakeText('/', {
      'Sec-WebSocket-Protocol': offerOf('msgpack'),
      Cookie: 'c'.repeat(9000),
    });
    // As a network brings so much: not all at once.
    client.sendText(text.slice(0, 6000));
    client.socket.end();
    await client.ended;
    expect(sessions).toEqual([]);
    expect(await selected(await sendOffer(target))).toBe('gatehouse.v1.msgpack+login');
  });

  it('[CONN-11] of the longest length has room beside 1.5 KB of other headers', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.connect(target);
    const bytes = Buffer.concat([Buffer.from(encode(login, 'json')), Buffer.alloc(1536, ' ')]);
    client.sendText(
      handshakeText('/', {
        'Sec-WebSocket-Protocol': offerOf('json', bytes.subarray(0, 1536)),
        Cookie: 'c'.repeat(1536),
      }),
    );
    expect(await selected(client)).toBe('gatehouse.v1.json+login');
    expect((await session()).received).toEqual([login]);
  });
});
