import { describe, expect, it } from 'vitest';
import { decodeServerFrame, encode, type Encoding } from '../../protocol/codec.ts';
import { SharedFrame } from '../../protocol/shared-frame.ts';
import { frameBytes, opcode, RawClient, type FrameLayout } from '../support/raw-client.ts';
import {
  eventually,
  kickedFrame,
  kinds,
  logoutBytes,
  logoutMessage,
  longReply,
  startTransport,
} from './harness.ts';

const encodings: readonly Encoding[] = ['msgpack', 'json'];

describe.each(kinds)('frames on %s', (kind) => {
  it.each(encodings)('come and go as %s', async (encoding) => {
    const { transport, target, session } = await startTransport(kind);
    const client = await RawClient.open(target, `gatehouse.v1.${encoding}`);
    client.sendBytes(logoutMessage(7, encoding));
    const { received, outbound } = await session();
    await eventually(() => received.length === 1);
    expect(received).toEqual([{ name: 'logout', seq: 7 }]);

    expect(outbound.send(kickedFrame)).not.toBe('dropped');
    const frame = await client.nextFrame();
    expect(frame.opcode).toBe(encoding === 'msgpack' ? opcode.binary : opcode.text);
    expect(decodeServerFrame(frame.payload, encoding)).toEqual({
      kind: 'frame',
      frame: kickedFrame,
    });
    expect(transport.counters).toMatchObject({
      framesIn: 1,
      bytesIn: logoutBytes(7, encoding).length,
      framesOut: 1,
      bytesOut: frame.payload.length,
    });
  });

  it('arrive in order when many come in one segment', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const seqs = Array.from({ length: 500 }, (_, i) => i + 1);
    client.sendBytes(Buffer.concat(seqs.map((seq) => logoutMessage(seq))));
    const { received } = await session();
    await eventually(() => received.length === 500);
    expect(received.map((frame) => frame.seq)).toEqual(seqs);
  });

  it('[FRAME-7] that ask for something unknown are handed to the session, and the connection lives', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target, 'gatehouse.v1.json');
    client.sendFrame({ opcode: opcode.text, payload: '[31,4]' });
    client.sendFrame({ opcode: opcode.text, payload: '[3,5,17]' });
    const { refused, received } = await session();
    client.sendBytes(logoutMessage(6, 'json'));
    await eventually(() => received.length === 1);
    expect(refused).toMatchObject([
      { seq: 4, code: 'notSupported' },
      { seq: 5, code: 'invalidParameters' },
    ]);
  });

  it.each<[string, Encoding, FrameLayout]>([
    [
      '[FRAME-4] text on the binary subprotocol',
      'msgpack',
      { opcode: opcode.text, payload: '[2,1]' },
    ],
    ['[FRAME-4] binary on the text subprotocol', 'json', { payload: logoutBytes(1) }],
    ['[FRAME-6] an unused MessagePack byte', 'msgpack', { payload: Buffer.of(0xc1) }],
    ['[FRAME-6] a MessagePack value that is no array', 'msgpack', { payload: Buffer.of(0x07) }],
    ['[FRAME-6] an empty message', 'msgpack', {}],
    ['[FRAME-6] an empty text', 'json', { opcode: opcode.text }],
    ['[FRAME-6] half a JSON text', 'json', { opcode: opcode.text, payload: '[2,' }],
    [
      '[FRAME-6] an array declared far longer than it is',
      'msgpack',
      { payload: Buffer.of(0xdd, 255, 255, 255, 255) },
    ],
  ])('end the connection with 4503: %s', async (_, encoding, layout) => {
    const { transport, target, session } = await startTransport(kind);
    const client = await RawClient.open(target, `gatehouse.v1.${encoding}`);
    client.sendFrame(layout);
    const end = await client.ended;
    expect(end).toEqual({
      code: 4503,
      reason: 'what the client sent is no frame of this protocol',
    });
    expect((await session()).closedCount).toBe(1);
    expect(transport.counters.badFrames).toBe(1);
  });

  it('[FRAME-5] of the greatest size arrive, and one byte more ends the connection', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target, 'gatehouse.v1.json');
    const ofSize = (size: number) => `[31,1,"${'x'.repeat(size - 9)}"]`;
    client.sendFrame({ opcode: opcode.text, payload: ofSize(4096) });
    const { refused } = await session();
    await eventually(() => refused.length === 1);
    client.sendFrame({ opcode: opcode.text, payload: ofSize(4097) });
    expect((await client.ended).code).toBe(1006);
    expect((await session()).closedCount).toBe(1);
    expect(refused).toHaveLength(1);
  });

  it('[FRAME-5] are short until the first login, and may be longer from then on, also after a logout', async () => {
    const { target, session } = await startTransport(kind, { maxFrameBytes: 20_480 });
    const ofSize = (size: number) => `[31,1,"${'x'.repeat(size - 9)}"]`;
    const stranger = await RawClient.open(target, 'gatehouse.v1.json');
    stranger.sendFrame({ opcode: opcode.text, payload: ofSize(4096) });
    stranger.sendFrame({ opcode: opcode.text, payload: ofSize(4097) });
    stranger.sendBytes(logoutMessage(2, 'json'));
    expect((await stranger.ended).code).toBe(1006);
    expect(await session(0)).toMatchObject({ closedCount: 1, received: [], mayReturn: true });
    expect((await session(0)).refused).toHaveLength(1);

    const member = await RawClient.open(target, 'gatehouse.v1.json');
    const { outbound, refused } = await session(1);
    outbound.loggedIn();
    member.sendFrame({ opcode: opcode.text, payload: ofSize(20_480) });
    await eventually(() => refused.length === 1);
    member.sendFrame({ opcode: opcode.text, payload: ofSize(20_481) });
    expect((await member.ended).code).toBe(1006);
  });

  it.each(encodings)('that are shared leave in one go, in order, as %s', async (encoding) => {
    const { transport, target, session } = await startTransport(kind);
    const [one, two] = [
      await RawClient.open(target, `gatehouse.v1.${encoding}`),
      await RawClient.open(target, `gatehouse.v1.${encoding}`),
    ];
    const shared = Array.from({ length: 100 }, (_, i) => new SharedFrame(longReply(i + 1)));
    for (const n of [0, 1]) expect((await session(n)).outbound.sendAll(shared)).not.toBe('dropped');
    for (const client of [one, two]) {
      for (const { frame } of shared) {
        const { payload } = await client.nextFrame();
        expect(decodeServerFrame(payload, encoding)).toEqual({ kind: 'frame', frame });
      }
    }
    expect(transport.counters.framesOut).toBe(200);
    expect((await session(0)).outbound.sendAll([])).toBe('sent');
  });

  it('[CONN-7] that are shared end a peer that does not read, with the rest unsent', async () => {
    const { transport, target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    client.socket.pause();
    const opened = await session();
    const frame = new SharedFrame(longReply(1));
    const frames = Array.from({ length: 1000 }, () => frame);
    let rounds = 0;
    while (opened.outbound.sendAll(frames) !== 'dropped') {
      rounds += 1;
      expect(rounds, 'the kernel takes no more').toBeLessThan(100);
    }
    expect(transport.counters.dropped).toBe(1);
    opened.outbound.close('slowConsumer');
    expect(opened.mayReturn).toBe(true);
    expect(opened.outbound.sendAll(frames)).toBe('dropped');
  });
});

describe.each(kinds)('a peer that breaks RFC 6455 on %s', (kind) => {
  it.each<[string, readonly FrameLayout[]]>([
    ['sets the first reserved bit', [{ reserved: 4, payload: logoutBytes(1) }]],
    ['sets the second reserved bit', [{ reserved: 2, payload: logoutBytes(1) }]],
    ['sets the third reserved bit', [{ reserved: 1, payload: logoutBytes(1) }]],
    ['uses a reserved opcode', [{ opcode: 3, payload: logoutBytes(1) }]],
    ['uses a reserved control opcode', [{ opcode: 11 }]],
    ['declares 2^63 + 1 bytes', [{ declaredLength: 0x8000000000000001n, lengthBits: 64 }]],
    ['declares 2^64 - 1 bytes', [{ declaredLength: 0xffffffffffffffffn, lengthBits: 64 }]],
    ['declares 2^32 bytes', [{ declaredLength: 0x100000000n, lengthBits: 64 }]],
    ['declares 65,535 bytes', [{ declaredLength: 65_535n, lengthBits: 16 }]],
    ['sends a ping of 126 bytes', [{ opcode: opcode.ping, payload: Buffer.alloc(126) }]],
    ['splits a ping', [{ opcode: opcode.ping, fin: false }]],
    ['continues what has not begun', [{ opcode: opcode.continuation, payload: 'x' }]],
    ['sends text that is no UTF-8', [{ opcode: opcode.text, payload: Buffer.of(0xff, 0xfe) }]],
    [
      'splits a message that grows too long',
      [
        { fin: false, payload: Buffer.alloc(4096) },
        { opcode: 0, payload: 'x' },
      ],
    ],
  ])('and %s is cut without a close frame', async (_, layouts) => {
    const { transport, target, session } = await startTransport(kind);
    const client = await RawClient.open(target, 'gatehouse.v1.json');
    const other = await RawClient.open(target);
    for (const layout of layouts) client.sendFrame(layout);
    expect(await client.ended).toEqual({ code: 1006, reason: '' });
    const opened = await session();
    await eventually(() => opened.closedCount > 0);
    expect(opened).toMatchObject({ received: [], closedCount: 1 });

    other.sendFrame({ opcode: opcode.ping, payload: 'still there?' });
    expect((await other.nextFrame()).opcode).toBe(opcode.pong);
    expect(transport.counters).toMatchObject({ opened: 2, closed: 1 });
  });

  it.each<[string, readonly FrameLayout[]]>([
    // uWebSockets.js reads the first bytes of an unmasked frame as its mask: it sees garbage, not a fault.
    [
      'does not mask its frames',
      Array.from({ length: 8 }, () => ({ masked: false, payload: logoutBytes(1) })),
    ],
    // and takes a message inside another for one more of its fragments.
    [
      'begins a message inside another',
      [{ fin: false, payload: 'x' }, { payload: logoutBytes(1) }],
    ],
  ])('and %s never gets one through', async (_, layouts) => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    for (const layout of layouts) client.sendFrame(layout);
    expect([1006, 4503]).toContain((await client.ended).code);
    expect(await session()).toMatchObject({ received: [], closedCount: 1 });
  });
});

describe.each(kinds)('a frame on %s', (kind) => {
  const layout = { payload: logoutBytes(1) };
  const whole = frameBytes(layout);

  it('may come cut in two by TCP anywhere', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const { received } = await session();
    for (let at = 1; at < whole.length; at++) {
      client.sendBytes(whole.subarray(0, at));
      await new Promise(setImmediate);
      client.sendBytes(whole.subarray(at));
      await eventually(() => received.length === at);
    }
  });

  it('may come in fragments cut anywhere, with a ping between them', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const { received } = await session();
    const { payload } = layout;
    for (let at = 0; at <= payload.length; at++) {
      client.sendFrame({ fin: false, payload: payload.subarray(0, at) });
      client.sendFrame({ opcode: opcode.ping, payload: `ping ${at}` });
      client.sendFrame({ opcode: opcode.continuation, payload: payload.subarray(at) });
      const pong = await client.nextFrame();
      expect(pong).toMatchObject({ opcode: opcode.pong, payload: Buffer.from(`ping ${at}`) });
      await eventually(() => received.length === at + 1);
    }
  });

  it('may have a length in more bits than it needs or come with an empty fragment', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    client.sendFrame({ fin: false });
    client.sendFrame({ opcode: opcode.continuation, payload: logoutBytes(1) });
    const { received } = await session();
    await eventually(() => received.length === 1);
  });

  it.each([
    ['of one byte', Buffer.of(1), 4000],
    ['of nothing', Buffer.alloc(0), 20_000],
  ])('in fragments %s that never ends takes little memory', async (_, payload, count) => {
    const { target, sessions } = await startTransport(kind);
    const clients = await Promise.all(Array.from({ length: 50 }, () => RawClient.open(target)));
    const fragment = frameBytes({ opcode: opcode.continuation, fin: false, payload });
    const flood = Buffer.concat([
      frameBytes({ fin: false, payload }),
      ...Array.from({ length: count }, () => fragment),
    ]);
    const before = process.memoryUsage.rss();
    for (const client of clients) {
      client.sendBytes(flood);
      client.sendFrame({ opcode: opcode.ping });
      // Either the flood was taken in and the ping behind it answered, or the peer was cut.
      await Promise.race([
        client.ended,
        client.until(() => client.frames.length > 0, 'a pong').catch(() => {}),
      ]);
    }
    const grownMb = (process.memoryUsage.rss() - before) / 2 ** 20;
    expect(grownMb).toBeLessThan(50 * 0.5);
    expect(sessions.flatMap((session) => session.received)).toEqual([]);
    for (const client of clients) client.destroy();
  });

  it('of 4 KiB in a thousand pieces is the same frame', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const frame = { name: 'renew', seq: 1, userSig: 's'.repeat(800) } as const;
    const bytes = frameBytes({ payload: encode(frame, 'msgpack') });
    for (const byte of bytes) {
      client.sendBytes(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    const { received } = await session();
    await eventually(() => received.length === 1);
    expect(received).toEqual([frame]);
  });
});
