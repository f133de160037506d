import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { opcode, RawClient } from '../support/raw-client.ts';
import {
  eventually,
  kickedFrame,
  kinds,
  longReply,
  makeCertificate,
  serverLetsGo,
  startTransport,
} from './harness.ts';

const nothing = (): void => {};

// These wait for the real limits of the back ends, up to 16 s, hence all at once.
describe.concurrent.each(kinds)('time limits on %s', { timeout: 40_000 }, (kind) => {
  it('cut handshakes that are never finished', async ({ onTestFinished }) => {
    const { target } = await startTransport(kind, {}, nothing, onTestFinished);
    const silent = await RawClient.connect(target);
    const stuck = await RawClient.connect(target);
    stuck.sendText('GET / HTTP/1.1\r\nHost: x\r\n');
    const dripping = await RawClient.connect(target);
    dripping.sendText('GET / HTTP/1.1\r\nX: ');
    const drip = setInterval(() => dripping.sendText('a'), 500);
    await Promise.all([silent.ended, stuck.ended, dripping.ended]);
    clearInterval(drip);
  });

  it('cut a TLS handshake that is never finished', async ({ onTestFinished }) => {
    const tls = makeCertificate();
    const { target } = await startTransport(kind, { tls }, nothing, onTestFinished);
    const socket = connect(target.port, '127.0.0.1');
    socket.on('error', nothing);
    socket.resume();
    await once(socket, 'close');
  });

  it('[CONN-6] ping a silent peer and cut the one that does not answer', async ({
    onTestFinished,
  }) => {
    const { transport, target, sessions } = await startTransport(
      kind,
      { idleTimeoutS: 8 },
      nothing,
      onTestFinished,
    );
    const mute = await RawClient.open(target);
    const alive = await RawClient.open(target);
    const answering = (async () => {
      const ping = await alive.nextFrame();
      expect(ping.opcode).toBe(opcode.ping);
      alive.sendFrame({ opcode: opcode.pong, payload: ping.payload });
    })();
    expect(await mute.ended).toEqual({ code: 1006, reason: '' });
    expect((await mute.nextFrame()).opcode).toBe(opcode.ping);
    await answering;
    await eventually(() => transport.openCount === 1);
    expect(sessions.map((session) => session.closedCount)).toEqual([1, 0]);
    expect(sessions[0]?.end).toBe('timedOut');
  });

  it('cut a kicked peer that neither reads nor goes', async ({ onTestFinished }) => {
    const { target, session } = await startTransport(kind, {}, nothing, onTestFinished);
    const slow = await RawClient.open(target);
    const { outbound } = await session();
    slow.socket.pause();
    while (outbound.send(longReply(1)) === 'sent');
    outbound.close('kicked', kickedFrame);
    const { localPort = 0 } = slow.socket;
    await serverLetsGo(target.port, localPort);
    slow.destroy();
  });

  it('cut a peer that does not answer a close frame', async ({ onTestFinished }) => {
    const { target, session } = await startTransport(kind, {}, nothing, onTestFinished);
    const client = await RawClient.open(target);
    client.answersClose = false;
    // The end of the stream alone must not end the client's side either.
    client.socket.allowHalfOpen = true;
    (await session()).outbound.close('replaced');
    await client.nextFrame();
    const { localPort = 0 } = client.socket;
    await serverLetsGo(target.port, localPort);
    client.destroy();
  });
});
