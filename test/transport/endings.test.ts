import { describe, expect, it } from 'vitest';
import { closeCodes, type CloseCodeName } from '../../protocol/codes.ts';
import { decodeServerFrame } from '../../protocol/codec.ts';
import { opcode, RawClient } from '../support/raw-client.ts';
import {
  eventually,
  kickedFrame,
  kinds,
  logoutMessage,
  longReply,
  serverLetsGo,
  startTransport,
  type Harness,
  type PlainSession,
} from './harness.ts';

type Way = (client: RawClient, session: PlainSession, harness: Harness) => void;

describe.each(kinds)('the end of a connection on %s', (kind) => {
  it.each<[string, boolean, Way]>([
    ['the peer says goodbye', false, (client) => client.sendClose(1000)],
    [
      'the peer closes without a code',
      false,
      (client) => client.sendFrame({ opcode: opcode.close }),
    ],
    ['a web page goes', true, (client) => client.sendClose(1001)],
    ['the peer goes without a word', true, (client) => client.socket.end()],
    ['the peer is reset', true, (client) => client.reset()],
    ['the peer breaks RFC 6455', true, (client) => client.sendFrame({ reserved: 7 })],
    [
      'what it sends is no frame',
      false,
      (client) => client.sendFrame({ payload: Buffer.of(0xc1) }),
    ],
    ['the session ends it for good', false, (_, { outbound }) => outbound.close('replaced')],
    ['the session sends it away', true, (_, { outbound }) => outbound.close('goingAway')],
    ['the transport closes', true, (_, __, { transport }) => void transport.close()],
  ])('[PRESENCE-8] when %s, may the client come back: %s', async (_, mayReturn, end) => {
    const harness = await startTransport(kind);
    const client = await RawClient.open(harness.target);
    const session = await harness.session();
    end(client, session, harness);
    await eventually(() => session.closedCount > 0);
    expect(session.mayReturn).toBe(mayReturn);
  });

  it.each<[string, Way]>([
    ['the peer closes', (client) => client.sendClose(1000)],
    ['the peer closes without a code', (client) => client.sendFrame({ opcode: opcode.close })],
    ['the peer goes without a word', (client) => client.socket.end()],
    ['the peer is reset', (client) => client.reset()],
    ['the peer breaks the protocol', (client) => client.sendFrame({ reserved: 7 })],
    ['the session closes', (_, session) => session.outbound.close('replaced')],
    [
      'the session closes twice',
      (_, { outbound }) => {
        outbound.close('replaced');
        outbound.close('kicked');
      },
    ],
    [
      'both close at once',
      (client, session) => {
        client.sendClose(1000);
        session.outbound.close('kicked');
      },
    ],
    [
      'the session fails at a frame',
      (client, session) => {
        session.onReceive = () => {
          throw new Error('a bug');
        };
        client.sendBytes(logoutMessage(1));
      },
    ],
    [
      'the session fails at its end',
      (client, session) => {
        session.onClosed = () => {
          throw new Error('a bug');
        };
        client.sendClose(1000);
      },
    ],
    ['the transport closes', (_, __, { transport }) => void transport.close()],
  ])('is told to the session once when %s', async (_, end) => {
    const harness = await startTransport(kind);
    const client = await RawClient.open(harness.target);
    const session = await harness.session();
    end(client, session, harness);
    await client.ended;
    await eventually(() => session.closedCount > 0);
    session.outbound.close('kicked');
    session.outbound.loggedIn();
    // Whatever the socket reports late has been reported before a later connection has come and gone.
    await harness.transport.close();
    await new Promise(setImmediate);
    expect(session.closedCount).toBe(1);
    expect(harness.transport).toMatchObject({ openCount: 0, pendingCount: 0 });
    expect(harness.transport.counters).toMatchObject({ opened: 1, closed: 1 });
  });

  it.each(Object.keys(closeCodes) as CloseCodeName[])(
    'brings the code and reason of %s to the peer',
    async (name) => {
      const { target, session } = await startTransport(kind);
      const client = await RawClient.open(target);
      const opened = await session();
      opened.outbound.close(name);
      expect(opened.closedCount).toBe(1);
      const { code, text } = closeCodes[name];
      expect(await client.ended).toEqual({ code, reason: text });
    },
  );

  // Well within the time a back end gives a peer that does not finish: the socket must be shut down at once.
  it('[KICK-1] brings the last frame, the close frame and the end', { timeout: 8000 }, async () => {
    const { target, session, transport } = await startTransport(kind);
    const client = await RawClient.open(target);
    (await session()).outbound.close('kicked', kickedFrame);
    expect((await client.ended).code).toBe(4500);
    const [first] = client.frames;
    expect(first && decodeServerFrame(first.payload, 'msgpack')).toMatchObject({
      frame: kickedFrame,
    });
    expect(transport.counters.framesOut).toBe(1);
  });

  it('from within a frame drops what came behind the frame', async () => {
    const { target, session } = await startTransport(kind);
    const client = await RawClient.open(target);
    const opened = await session();
    opened.onReceive = () => opened.outbound.close('tooManyFailures', longReply(1));
    client.sendBytes(Buffer.concat([logoutMessage(1), logoutMessage(2), logoutMessage(3)]));
    expect((await client.ended).code).toBe(4504);
    expect(client.frames).toHaveLength(2);
    expect(opened).toMatchObject({ received: [{ seq: 1 }], closedCount: 1 });
  });

  it('leaves an outbound port that takes calls and does nothing', async () => {
    const { transport, target, session, errors } = await startTransport(kind);
    const client = await RawClient.open(target);
    const { outbound } = await session();
    client.reset();
    await eventually(() => transport.openCount === 0);
    expect(outbound.send(kickedFrame)).toBe('dropped');
    outbound.close('kicked', kickedFrame);
    outbound.loggedIn();
    expect(transport.counters).toMatchObject({ closed: 1, framesOut: 0, dropped: 0 });
    expect(transport.pendingCount).toBe(0);
    expect(errors).toEqual([]);
  });

  it('may come from the session while it is being made', async () => {
    const { target, session } = await startTransport(kind, {}, (made) =>
      made.outbound.close('goingAway'),
    );
    const client = await RawClient.open(target);
    expect((await client.ended).code).toBe(4000);
    expect((await session()).closedCount).toBe(1);
  });

  it('is 4003 when a session cannot be made or fails at a frame, and others go on', async () => {
    let count = 0;
    const { transport, target, session, errors } = await startTransport(kind, {}, () => {
      count += 1;
      if (count === 2) throw new Error('a bug');
    });
    const healthy = await RawClient.open(target);
    const unborn = await RawClient.open(target);
    expect((await unborn.ended).code).toBe(4003);
    const failing = await RawClient.open(target);
    (await session(2)).onReceive = () => {
      throw new Error('another bug');
    };
    failing.sendBytes(logoutMessage(1));
    expect((await failing.ended).code).toBe(4003);
    expect(errors.map((error) => error.message)).toEqual([
      'opening a session failed',
      'a session failed at a frame',
    ]);
    healthy.sendBytes(logoutMessage(2));
    const { received } = await session();
    await eventually(() => received.length === 1);
    expect(transport).toMatchObject({ openCount: 1, pendingCount: 1 });
  });

  it('is 4000 for all when the transport closes, also when sessions end each other', async () => {
    const { transport, target, session, sessions } = await startTransport(kind);
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.open(target)));
    await session(4);
    for (const one of sessions) {
      one.onClosed = () => sessions.forEach((other) => other.outbound.close('replaced'));
    }
    await transport.close();
    const ends = await Promise.all(clients.map((client) => client.ended));
    expect(ends.map((end) => end.code).toSorted((a, b) => a - b)).toEqual([
      4000, 4501, 4501, 4501, 4501,
    ]);
    expect(sessions.map((one) => one.closedCount)).toEqual([1, 1, 1, 1, 1]);
    await transport.close();
  });
});

/** Sends until a frame is not simply sent any more, at most some ten MB. */
function sendUntil(session: PlainSession, outcome: 'buffered' | 'dropped'): number {
  for (let seq = 1; seq < 40_000; seq++) {
    if (session.outbound.send(longReply(seq)) === outcome) return seq;
  }
  throw new Error(`no frame was ${outcome}`);
}

describe.each(kinds)('a peer that does not read on %s', (kind) => {
  it('[CONN-7] loses the connection, not single frames, while others keep theirs', async () => {
    const { transport, target, session } = await startTransport(kind);
    const slow = await RawClient.open(target);
    const other = await RawClient.open(target);
    const slowSession = await session();
    slow.socket.pause();
    sendUntil(slowSession, 'dropped');
    expect(transport.counters.dropped).toBe(1);
    await eventually(() => slowSession.closedCount === 1);
    const { localPort = 0 } = slow.socket;
    await serverLetsGo(target.port, localPort);
    (await session(1)).outbound.send(kickedFrame);
    expect((await other.nextFrame()).opcode).toBe(opcode.binary);
    expect(transport).toMatchObject({ openCount: 1 });
    slow.destroy();
  });

  it('is ended at once by a kick when it is over the limit', async () => {
    const { target, session } = await startTransport(kind);
    const slow = await RawClient.open(target);
    const opened = await session();
    slow.socket.pause();
    sendUntil(opened, 'dropped');
    opened.outbound.close('kicked', kickedFrame);
    expect(opened.closedCount).toBe(1);
    const { localPort = 0 } = slow.socket;
    await serverLetsGo(target.port, localPort);
    slow.destroy();
  });

  it('and then reads gets every frame whole, the kick and its code', async () => {
    const { target, session } = await startTransport(kind);
    const slow = await RawClient.open(target);
    const opened = await session();
    slow.socket.pause();
    const count = sendUntil(opened, 'buffered');
    opened.outbound.close('kicked', kickedFrame);
    slow.socket.resume();
    expect((await slow.ended).code).toBe(4500);
    const seqs = slow.frames.slice(0, count).map(({ payload }) => {
      const decoded = decodeServerFrame(payload, 'msgpack');
      return decoded.kind === 'frame' ? decoded.frame.seq : decoded.kind;
    });
    expect(seqs).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(slow.frames).toHaveLength(count + 2);
  });
});
