import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Member } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';

/** What /readyz says. */
async function readiness(node: GatewayProcess): Promise<{ status: number; reasons: string[] }> {
  const answer = await fetch(`${node.adminUrl}/readyz`);
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return { status: answer.status, reasons };
}

describe('while Redis stands still', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    const times = ['--ticket-warn-s', '1', '--ticket-grace-s', '2'];
    const flags = [
      ...times,
      '--redis-command-timeout-ms',
      '700',
      '--sockets-login-deadline-s',
      '3',
    ];
    deployment = await Deployment.start({ flags });
  });
  afterEach(async () => {
    deployment.redis.resume();
    for (const node of [deployment.a, deployment.b]) {
      await expect.poll(() => readiness(node), { timeout: 10_000 }).toMatchObject({ status: 200 });
    }
  });
  afterAll(() => deployment?.stop());

  const renewal = async ({ client, login }: Member, expireS = 900): Promise<object> =>
    client.request({ name: 'renew', userSig: deployment.ticket(login.userId, { expireS }) });

  it('[TICKET-6, TICKET-7] tickets end, are renewed and close all the same', async () => {
    const order = { expireS: 2 };
    const userSig = (userId: string): string => deployment.ticket(userId, order);
    const alice = await deployment.member(deployment.a, 'alice', { userSig: userSig('alice') });
    const bob = await deployment.member(deployment.a, 'bob', { userSig: userSig('bob') });
    deployment.redis.pause();
    for (const { client, session } of [alice, bob]) {
      await client.next('ticketExpiring');
      expect(await client.next('ticketExpired')).toMatchObject({ code: 6206 });
      expect(Date.now()).toBeGreaterThanOrEqual(session.ticketEndsAt * 1000);
    }
    expect(await renewal(alice)).toMatchObject({ name: 'renewed' });
    expect(await bob.client.closed()).toBe(4502);
    deployment.redis.resume();
    await expect.poll(() => deployment.registered('bob'), { timeout: 10_000 }).toEqual([]);
    expect(await deployment.registered('alice')).toEqual([alice.session.sessionId]);
    expect(await renewal(alice)).toMatchObject({ name: 'renewed' });
  });

  it('[LOGIN-3] [7501] a second login of a connection is refused and the first goes on', async () => {
    const client = await deployment.connect(deployment.a);
    deployment.redis.pause();
    const first = client.login(deployment.loginOf('carol'));
    expect(await client.login(deployment.loginOf('dave'))).toMatchObject({ code: 7501 });
    const renew = { name: 'renew', userSig: deployment.ticket('carol') } as const;
    expect(await client.request(renew)).toMatchObject({ code: 6014 });
    deployment.redis.resume();
    expect(await first).toMatchObject({ name: 'loggedIn' });
    expect(await deployment.registered('carol')).toHaveLength(1);
  });

  it('[LOGOUT-3] [6023] a logout abandons the login that waits, and nothing stays registered', async () => {
    const client = await deployment.connect(deployment.b);
    deployment.redis.pause();
    const login = client.login(deployment.loginOf('erin'));
    expect(await client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
    expect(await login).toMatchObject({ name: 'failed', code: 6023 });
    deployment.redis.resume();
    const again = deployment.loginOf('erin');
    await expect.poll(() => client.login(again)).toMatchObject({ name: 'loggedIn' });
    await expect.poll(() => deployment.registered('erin')).toHaveLength(1);
    expect(await client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
    await expect.poll(() => deployment.registered('erin')).toEqual([]);
  });

  it('[LOGOUT-4] [7502] a logout that waits refuses what comes behind it', async () => {
    const { client, login } = await deployment.member(deployment.a, 'frank');
    deployment.redis.pause();
    const logout = client.request({ name: 'logout' });
    expect(await client.login(login)).toMatchObject({ name: 'failed', code: 7502 });
    expect(await client.request({ name: 'logout' })).toMatchObject({ code: 7502 });
    deployment.redis.resume();
    expect(await logout).toMatchObject({ name: 'loggedOut' });
    await expect.poll(() => deployment.registered('frank')).toEqual([]);
  });

  it('[LOGIN-8] [70169] a login gets a delay, nobody else loses anything, and the node is not ready', async () => {
    const old = await deployment.member(deployment.a, 'grace');
    const client = await deployment.connect(deployment.b);
    deployment.redis.pause();
    const login = deployment.loginOf('grace');
    const refusal = await client.login(login);
    expect(refusal).toMatchObject({ name: 'failed', code: 70169 });
    expect(refusal.name === 'failed' && refusal.retryAfterMs).toBeGreaterThan(0);
    const { status, reasons } = await readiness(deployment.b);
    expect({ status, reasons }).toEqual({ status: 503, reasons: ['Redis does not answer'] });
    expect(await client.login(login), 'refused at once').toMatchObject({ code: 70169 });
    expect(await renewal(old)).toMatchObject({ name: 'renewed' });

    deployment.redis.resume();
    await expect.poll(() => readiness(deployment.b)).toMatchObject({ status: 200 });
    expect(old.client.isOpen, 'the login that was given up kicked nobody').toBe(true);
    expect(await renewal(old)).toMatchObject({ name: 'renewed' });
    expect(await client.login(login)).toMatchObject({ name: 'loggedIn' });
    expect(await old.client.next('kicked')).toMatchObject({ byInstanceId: login.instanceId });
  });

  it('[SWITCH-3, LOGIN-8] a switch that the registry fails leaves nobody logged in, with a new deadline', async () => {
    const { client, login } = await deployment.member(deployment.a, 'heidi');
    deployment.redis.pause();
    const other = deployment.loginOf('ivan', { instanceId: login.instanceId });
    expect(await client.login(other)).toMatchObject({ name: 'failed', code: 70169 });
    expect(await client.request({ name: 'logout' })).toMatchObject({ code: 6014 });
    expect(await client.closed()).toBe(4001);
    deployment.redis.resume();
    await expect.poll(() => deployment.registered('heidi')).toEqual([]);
    expect(await deployment.registered('ivan')).toEqual([]);
  });

  it('[LOGIN-8] or has died: sessions live on, and logins are taken again when one is back', async () => {
    const { client, login } = await deployment.member(deployment.a, 'judy');
    const newcomer = await deployment.connect(deployment.a);
    await deployment.redis.kill();
    await expect.poll(() => readiness(deployment.a)).toMatchObject({ status: 503 });
    const fields = deployment.loginOf('kim');
    expect(await newcomer.login(fields)).toMatchObject({ code: 70169 });
    const renew = { name: 'renew', userSig: deployment.ticket('judy') } as const;
    expect(await client.request(renew)).toMatchObject({ name: 'renewed' });
    await deployment.redis.restart();
    await expect
      .poll(() => readiness(deployment.a), { timeout: 10_000 })
      .toMatchObject({ status: 200, reasons: [] });
    // The next beat may find that Redis has forgotten this node: until it has compared its sessions it says "later" again.
    await expect
      .poll(async () => (await deployment.connect(deployment.a)).login(fields))
      .toMatchObject({ name: 'loggedIn' });
    expect(await client.login(login)).toMatchObject({ repeatLogin: true });
  });
});
