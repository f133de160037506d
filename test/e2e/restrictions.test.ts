import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../gateway/registry/port.ts';
import { joinAsBackEnd, userOf } from '../support/back-end.ts';
import { Deployment, type Member } from '../support/deployment.ts';

describe('a back end beside two nodes', () => {
  let deployment: Deployment;
  let backEnd: Registry;
  beforeAll(async () => {
    const flags = ['--policy', 'multi', '--limits-web', '5', '--redis-command-timeout-ms', '500'];
    deployment = await Deployment.start({ flags });
    backEnd = await joinAsBackEnd(deployment.redis.url);
  });
  afterEach(() => deployment.redis.resume());
  afterAll(async () => {
    await backEnd?.stop();
    await deployment?.stop();
  });

  const nodes = () => [deployment.a, deployment.b];
  const members = (userId: string, userSig: string): Promise<Member[]> =>
    Promise.all(nodes().map((node) => deployment.member(node, userId, { userSig })));
  const answers = (fields: Partial<Member['login']> & { readonly userId: string }) =>
    Promise.all(
      nodes().map(async (node) => {
        const client = await deployment.connect(node);
        return client.login(deployment.loginOf(fields.userId, fields));
      }),
    );

  it('[REVOKE-1, REVOKE-2, REVOKE-3] ends all sessions of a user and her tickets, and takes a new one in the same second', async () => {
    const userId = 'alice';
    const userSig = deployment.ticket(userId);
    const live = await members(userId, userSig);
    const [away] = await members(userId, userSig);
    away?.client.cut();
    const { ended, atMs } = await backEnd.revoke(userOf(userId));
    const sessionIds = live.map(({ session }) => session.sessionId);
    expect(ended.map(({ session }) => session.sessionId)).toEqual(
      expect.arrayContaining(sessionIds),
    );
    for (const { client } of live) {
      expect(await client.next('kicked')).toMatchObject({
        code: 6208,
        kickType: 'REST',
        byPlatform: '',
        byInstanceId: '',
      });
      expect(await client.closed()).toBe(4500);
    }
    expect(await deployment.registered(userId)).toEqual([]);

    for (const reply of await answers({ userId, userSig })) {
      expect(reply).toMatchObject({ name: 'failed', code: 70052, retryAfterMs: 0 });
    }
    const unused = deployment.ticket(userId, { issuedAt: Math.floor(atMs / 1000) - 1 });
    for (const reply of await answers({ userId, userSig: unused })) {
      expect(reply).toMatchObject({ name: 'failed', code: 70052 });
    }
    const back = { ...away?.login, userId, automatic: true };
    for (const reply of await answers(back)) expect(reply).toMatchObject({ code: 6208 });
    const order = { issuedAt: Math.floor(atMs / 1000), expireS: 86_401 };
    for (const reply of await answers({ userId, userSig: deployment.ticket(userId, order) })) {
      expect(reply).toMatchObject({ name: 'loggedIn' });
    }
    expect(await deployment.registered(userId)).toHaveLength(2);
  });

  it('[REVOKE-4] ends a session that took a revoked ticket while Redis stood still', async () => {
    const userId = 'bob';
    const old = deployment.ticket(userId, { expireS: 100_000 });
    await deployment.member(deployment.b, userId, { userSig: old });
    const { atMs } = await backEnd.revoke(userOf(userId));
    const order = { issuedAt: Math.floor(atMs / 1000), expireS: 1000 };
    const next = await deployment.member(deployment.a, userId, {
      userSig: deployment.ticket(userId, order),
    });
    deployment.redis.pause();
    const reply = await next.client.request({ name: 'renew', userSig: old });
    expect(reply).toMatchObject({ name: 'renewed' });
    deployment.redis.resume();
    expect(await next.client.next('kicked')).toMatchObject({ kickType: 'REST' });
    expect(await next.client.closed()).toBe(4500);
    expect(await deployment.registered(userId)).toEqual([]);
  });

  it('[REVOKE-2] ends the sessions of a node that stood still', async () => {
    const userId = 'carol';
    const userSig = deployment.ticket(userId);
    const { client } = await deployment.member(deployment.a, userId, { userSig });
    deployment.a.signal('SIGSTOP');
    try {
      expect((await backEnd.revoke(userOf(userId))).ended).toHaveLength(1);
      const other = await deployment.connect(deployment.b);
      expect(await other.login(deployment.loginOf(userId, { userSig }))).toMatchObject({
        code: 70052,
      });
    } finally {
      deployment.a.signal('SIGCONT');
    }
    expect(await client.next('kicked')).toMatchObject({ kickType: 'REST' });
    expect(await client.closed()).toBe(4500);
  });

  it('[BAN-1, BAN-2, BAN-3] [70051] keeps a user out until a time, and lets her in again', async () => {
    const userId = 'dave';
    const userSig = deployment.ticket(userId);
    const live = await members(userId, userSig);
    const endsAt = Math.floor(Date.now() / 1000) + 3600;
    expect(await backEnd.ban(userOf(userId), endsAt)).toHaveLength(2);
    for (const { client } of live) {
      expect(await client.next('kicked')).toMatchObject({ code: 6208, kickType: 'banned' });
      expect(await client.closed()).toBe(4500);
    }
    const until = new Date(endsAt * 1000).toISOString().replace('.000', '');
    for (const automatic of [false, true]) {
      for (const reply of await answers({ ...live[0]?.login, userId, automatic })) {
        expect(reply).toMatchObject({
          code: 70051,
          message: `this user is banned until ${until}`,
          retryAfterMs: 0,
        });
      }
    }
    expect(await deployment.registered(userId)).toEqual([]);
    expect(await backEnd.unban(userOf(userId))).toBe(true);
    for (const reply of await answers({ userId, userSig })) {
      expect(reply).toMatchObject({ name: 'loggedIn' });
    }
  });
});
