import { createConnection } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frames.ts';
import { offerLogin } from '../../protocol/handshake.ts';
import { Deployment } from '../support/deployment.ts';
import type { FrameClient } from '../support/frame-client.ts';
import { handshakeText, RawClient } from '../support/raw-client.ts';
import { kinds } from '../transport/harness.ts';

describe.each(kinds)('a login within the handshake, on %s', (transport) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({
      flags:
        `--transport ${transport} --log-level trace --sockets-login-deadline-s 2 --policy single --redis-command-timeout-ms 1500`.split(
          ' ',
        ),
    });
  });
  afterEach(() => deployment.redis.resume());
  afterAll(() => deployment?.stop());

  const offered = (
    userId: string,
    fields: Partial<Frame<'login'>> = {},
    encoding: 'msgpack' | 'json' = 'msgpack',
  ): Promise<FrameClient> =>
    deployment.connect(deployment.a, {
      encoding,
      login: { name: 'login', seq: 1, ...deployment.loginOf(userId), ...fields },
    });

  it.each(['msgpack', 'json'] as const)('[CONN-10] logs in, in %s', async (encoding) => {
    const client = await offered(`alice-${encoding}`, {}, encoding);
    expect(client.subprotocol).toBe(`gatehouse.v1.${encoding}+login`);
    const { sessionId } = await client.next('loggedIn');
    expect(await deployment.registered(`alice-${encoding}`)).toEqual([sessionId]);
    const member = { name: 'renew', userSig: deployment.ticket(`alice-${encoding}`) } as const;
    expect(await client.request(member)).toMatchObject({ name: 'renewed' });
  });

  it('[CONN-10, CONN-2] that is refused leaves a connection that may log in, and no trace in the log', async () => {
    const userSig = deployment.ticket('bob');
    const forged = `${userSig.slice(0, -8)}AAAAAAAA`;
    const login = { name: 'login' as const, seq: 1, ...deployment.loginOf('bob'), userSig: forged };
    const client = await deployment.connect(deployment.a, { login });
    expect(await client.next('failed')).toMatchObject({ seq: 1 });
    const good = await client.login({ ...deployment.loginOf('bob'), userSig });
    expect(good).toMatchObject({ name: 'loggedIn' });
    const garbage = await RawClient.connect({ port: Number(new URL(deployment.a.url).port) });
    const [, , token = ''] = offerLogin(encode(login, 'json'), 'msgpack');
    const offer = `gatehouse.v1.msgpack, gatehouse.v1.msgpack+login, ${token}`;
    garbage.sendText(handshakeText(`/?userSig=${userSig}`, { 'Sec-WebSocket-Protocol': offer }));
    expect((await garbage.ended).code).toBe(4503);
    const log = `${deployment.a.stdout}${deployment.a.stderr}`;
    const [, , tokenOfBob = ''] = offerLogin(encode(login, 'msgpack'), 'msgpack');
    for (const secret of [userSig, forged, token, tokenOfBob, 'gatehouse.login.']) {
      expect(log).not.toContain(secret);
    }
  });

  it('[CONN-10] whose client goes while the registry is asked leaves no session', async () => {
    deployment.redis.pause();
    const client = await offered('carol');
    client.cut();
    await client.closed();
    deployment.redis.resume();
    // Scripts run in the order of their logins: behind this answer hers has run, if it ever does.
    await (await offered('grace')).next('loggedIn');
    await expect.poll(() => deployment.registered('carol'), { timeout: 15_000 }).toEqual([]);
  });

  it('[CONN-10, KICK-1] is kicked as any other', async () => {
    const first = await offered('dave');
    await first.next('loggedIn');
    const second = await offered('dave');
    await second.next('loggedIn');
    expect(await first.next('kicked')).toMatchObject({ code: 6208 });
    expect(await first.closed()).toBe(4500);
  });

  it('[CONN-10, KICK-6] of an instance that was kicked while away hears why, and is closed', async () => {
    const login = { instanceId: 'erin-phone', automatic: false };
    const away = await offered('erin', login);
    await away.next('loggedIn');
    away.cut();
    await (await offered('erin')).next('loggedIn');
    const back = await offered('erin', { ...login, automatic: true });
    expect(await back.next('failed')).toMatchObject({ code: 6208 });
    await back.next('kicked');
    expect(await back.closed()).toBe(4500);
  });

  it('[CONN-10, LOGIN-8] that Redis does not answer gets 70169, and 4001 in the end', async () => {
    deployment.redis.pause();
    const client = await offered('frank');
    expect(await client.next('failed')).toMatchObject({ code: 70169 });
    expect(await client.closed()).toBe(4001);
  });

  it('[CONN-4] whose frame is no login meets the login deadline', async () => {
    const socket = await RawClient.connect({ port: Number(new URL(deployment.a.url).port) });
    const ping = encode({ name: 'ping', seq: 1 }, 'json');
    const offer = offerLogin(ping, 'json').join(', ');
    socket.sendText(handshakeText('/', { 'Sec-WebSocket-Protocol': offer }));
    expect((await socket.nextFrame()).payload.toString()).toBe('[40,1]');
    expect((await socket.ended).code).toBe(4001);
  });
});

describe('a node that takes no login from handshakes', () => {
  it('[CONN-11] selects the plain subprotocol and waits for the frame', async () => {
    const flags = ['--sockets-handshake-login', 'off'];
    const deployment = await Deployment.start({ registry: 'embedded', flags });
    try {
      const login = { name: 'login' as const, seq: 1, ...deployment.loginOf('alice') };
      const client = await deployment.connect(deployment.a, { login });
      expect(client.subprotocol).toBe('gatehouse.v1.msgpack');
      expect(await client.login(login)).toMatchObject({ name: 'loggedIn' });
      expect(client.unread).toEqual([]);
    } finally {
      await deployment.stop();
    }
  });
});

describe('a node with the embedded registry', () => {
  it('[CONN-10] answers handshake and login in one piece', async () => {
    const deployment = await Deployment.start({ registry: 'embedded' });
    try {
      const bytes = encode({ name: 'login', seq: 1, ...deployment.loginOf('alice') }, 'json');
      const offer = offerLogin(bytes, 'json').join(', ');
      const socket = createConnection(Number(new URL(deployment.a.url).port), '127.0.0.1');
      socket.write(handshakeText('/', { 'Sec-WebSocket-Protocol': offer }));
      const piece = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      socket.destroy();
      expect(piece.toString('latin1')).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n..\[33,1,/);
    } finally {
      await deployment.stop();
    }
  });
});
