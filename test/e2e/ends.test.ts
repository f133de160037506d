import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { answerCodes, type CloseCodeName } from '../../protocol/codes.ts';
import { app } from '../support/deployment.ts';
import { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { officialTicket } from '../support/official-ticket.ts';
import { kinds } from '../transport/harness.ts';

const env = { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}` };
const bug = fileURLToPath(new URL('../support/bug.mjs', import.meta.url));

const loginOf = (userId: string) => {
  const userSig = officialTicket({ ...app, userId, expireS: 3600 });
  return { sdkAppId: app.sdkAppId, userId, userSig };
};

/** How many connections a node has closed with a code, by the code's name. */
async function closes(node: GatewayProcess, name: CloseCodeName): Promise<number> {
  const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
  return Number(
    new RegExp(`^gatehouse_closes_total\\{code="${name}"\\} (\\d+)$`, 'm').exec(text)?.[1],
  );
}

describe.each(kinds)('a bug in the gateway, on %s', (transport) => {
  let node: GatewayProcess;
  let bystander: FrameClient;
  beforeAll(async () => {
    const flags = ['--transport', transport];
    node = await GatewayProcess.start({ flags, env, nodeFlags: ['--import', bug] });
    bystander = await FrameClient.connect(node.url);
    expect(await bystander.login(loginOf('bystander'))).toMatchObject({ name: 'loggedIn' });
  });
  afterAll(() => node?.kill());

  /** The log comes through a pipe of its own, maybe later than the answer. */
  const logged = async (message: string): Promise<void> => {
    const errors = () => node.log.filter(({ msg }) => msg === 'a request failed');
    const line = expect.objectContaining({ err: expect.objectContaining({ message }) });
    await expect.poll(errors).toContainEqual(line);
  };

  it('[70500] answers the request; session and connection live', async () => {
    const client = await FrameClient.connect(node.url);
    const login = loginOf('renew-bug');
    await client.login(login);
    const reply = await client.request({ name: 'renew', userSig: login.userSig });
    expect(reply).toMatchObject({
      name: 'failed',
      code: 70500,
      message: answerCodes.internalError.text,
    });
    expect(reply.name === 'failed' && reply.retryAfterMs).toBeGreaterThan(0);
    expect(await client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
    await logged('a bug at the renewal');
  });

  it('[70500, 4003] half-way through a login ends the connection too, and no other', async () => {
    const client = await FrameClient.connect(node.url);
    expect(await client.login(loginOf('login-bug'))).toMatchObject({ name: 'failed', code: 70500 });
    expect(await client.closed()).toBe(4003);
    await logged('a bug at the login');
    const { userSig } = loginOf('bystander');
    expect(await bystander.request({ name: 'renew', userSig })).toMatchObject({ name: 'renewed' });
  });

  const ask = (userId: string) =>
    ({ name: 'query', userIds: [userId], sdkAppId: 0, withInstances: false }) as const;

  it('[70500] behind an answer fails its request, not the node', async () => {
    const client = await FrameClient.connect(node.url);
    await client.login(loginOf('asker'));
    expect(await client.request(ask('answer-bug'))).toMatchObject({ name: 'failed', code: 70500 });
    expect(await client.request(ask('anybody'))).toMatchObject({ name: 'queried' });
  });

  it('[4003] in making a frame ends the connection too, and is not taken for a slow client', async () => {
    const client = await FrameClient.connect(node.url);
    await client.login(loginOf('reader'));
    client.send(ask('frame-bug'));
    expect(await client.closed()).toBe(4003);
    expect(await closes(node, 'slowConsumer')).toBe(0);
  });
});

describe.each(kinds)('a client that misbehaves, on %s', (transport) => {
  let node: GatewayProcess;
  beforeAll(async () => {
    const bounds = ['--presence-max-calls', '100000', '--sockets-frame-burst', '10000'];
    const flags = ['--transport', transport, '--sockets-login-deadline-s', '1', ...bounds];
    node = await GatewayProcess.start({ flags, env });
  });
  afterAll(() => node?.kill());

  it('[CONN-4] [4001] and does not log in is closed', async () => {
    const client = await FrameClient.connect(node.url);
    expect(await client.closed()).toBe(4001);
  });

  it('[FRAME-6] [4503] and sends no frame is closed', async () => {
    const client = await FrameClient.connect(node.url);
    await client.login(loginOf('scribbler'));
    client.sendRaw(Uint8Array.of(0xc1));
    expect(await client.closed()).toBe(4503);
    expect(await closes(node, 'badFrame')).toBe(1);
  });

  it('[CONN-7] [4002] and does not read is cut: it sees 1006, the operator slowConsumer', async () => {
    const client = await FrameClient.connect(node.url);
    await client.login(loginOf('slow'));
    const userIds = Array.from({ length: 500 }, (_, i) => `${'user-'.repeat(5)}${i}`);
    const query = { name: 'query', userIds, sdkAppId: 0, withInstances: false } as const;
    client.pause();
    // More than the kernel keeps between the two.
    await expect
      .poll(
        async () => {
          for (let i = 0; i < 50; i++) client.send(query);
          return closes(node, 'slowConsumer');
        },
        { timeout: 15_000 },
      )
      .toBe(1);
    client.resume();
    expect(await client.closed()).toBe(1006);
  });

  it('[CONN-8] [4505] and sends more than it may is closed', async () => {
    const flags = ['--sockets-frame-burst', '10', '--sockets-frames-per-s', '1'];
    const strict = await GatewayProcess.start({ flags: ['--transport', transport, ...flags], env });
    onTestFinished(() => strict.kill());
    const client = await FrameClient.connect(strict.url);
    for (let i = 0; i < 20; i++) client.send({ name: 'logout' });
    expect(await client.closed()).toBe(4505);
    expect(await closes(strict, 'tooManyFrames')).toBe(1);
  });
});
