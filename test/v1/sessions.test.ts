import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, type Member, otherApp } from '../support/deployment.ts';
import { callRest } from '../support/rest-client.ts';
import { queryOf } from '../rest/site.ts';
import { call, pathOf, registries, startV1Site } from './site.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe.each(registries)('sessions over /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry, { policy: 'multi', limits: { web: 5 } });
  });
  afterAll(() => deployment?.stop());

  const get = async (path: string): Promise<unknown> => {
    const answer = await call(deployment.a, 'GET', path);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const end = (path: string) => call(deployment.a, 'DELETE', path);
  const kicked = async ({ client }: Member): Promise<void> => {
    expect(await client.next('kicked')).toMatchObject({ code: 6208, kickType: 'REST' });
    expect(await client.closed()).toBe(4500);
  };
  const staysIn = async ({ client }: Member): Promise<void> =>
    expect((await client.request({ name: 'logout' })).name).toBe('loggedOut');
  const idsIn = (body: unknown): string[] =>
    (body as { ended: { sessionId: string }[] }).ended.map(({ sessionId }) => sessionId);

  it('are listed, newest first, from whatever node', async () => {
    const before = nowS();
    const older = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    const newer = await deployment.member(deployment.b, 'alice');
    const { sessions } = (await get(pathOf('alice', 'sessions'))) as {
      sessions: { loggedInAt: number }[];
    };
    expect(sessions).toMatchObject([
      {
        sessionId: newer.session.sessionId,
        instanceId: newer.login.instanceId,
        platform: 'web',
        nodeId: deployment.b.ready['nodeId'],
        ticketEndsAt: newer.session.ticketEndsAt,
      },
      { sessionId: older.session.sessionId, platform: 'ios', nodeId: deployment.a.ready['nodeId'] },
    ]);
    for (const { loggedInAt } of sessions) {
      expect(loggedInAt).toBeGreaterThanOrEqual(before);
      expect(loggedInAt).toBeLessThanOrEqual(nowS());
    }
    expect(await get(pathOf('nobody', 'sessions'))).toEqual({ sessions: [] });
    expect(await get(pathOf('alice', 'sessions', otherApp.sdkAppId))).toEqual({ sessions: [] });
  });

  it('of a user end together, and the tickets stay good', async () => {
    const bobs = await Promise.all(
      [deployment.a, deployment.b].map((node) => deployment.member(node, 'bob')),
    );
    const { body } = await end(pathOf('bob', 'sessions'));
    expect(idsIn(body).sort()).toEqual(bobs.map(({ session }) => session.sessionId).sort());
    await Promise.all(bobs.map(kicked));
    const [{ login }] = bobs as [Member];
    await deployment.member(deployment.b, 'bob', login);
    expect(idsIn((await end(pathOf('bob', 'sessions'))).body)).toHaveLength(1);
    expect(idsIn((await end(pathOf('bob', 'sessions'))).body)).toEqual([]);
  });

  it('end one by one: the others stay', async () => {
    const [one, other] = [
      await deployment.member(deployment.b, 'carol'),
      await deployment.member(deployment.b, 'carol'),
    ];
    const path = pathOf('carol', `sessions/${one.session.sessionId}`);
    expect(idsIn((await end(path)).body)).toEqual([one.session.sessionId]);
    await kicked(one);
    const again = await end(path);
    expect([again.status, again.body['code']]).toEqual([404, 'noSuchSession']);
    await staysIn(other);
  });

  it('[KICK-3] that are named are never mistaken for their successors', async () => {
    const first = await deployment.member(deployment.a, 'dave');
    const second = await deployment.member(deployment.b, 'dave', first.login);
    expect(await first.client.closed()).toBe(4501);
    const { body } = await end(pathOf('dave', `sessions/${first.session.sessionId}`));
    expect(body['code']).toBe('noSuchSession');
    await staysIn(second);
  });

  it('of one instance end, and an instance that is away hears of it when it is back', async () => {
    const live = await deployment.member(deployment.b, 'erin');
    const other = await deployment.member(deployment.b, 'erin');
    const away = await deployment.member(deployment.b, 'erin', { platform: 'ios' });
    away.client.cut();
    const path = (member: Member) => pathOf('erin', `instances/${member.login.instanceId}`);
    await expect
      .poll(
        async () => ((await get(pathOf('erin', 'sessions'))) as { sessions: object[] }).sessions,
      )
      .toHaveLength(2);
    expect(idsIn((await end(path(live))).body)).toEqual([live.session.sessionId]);
    await kicked(live);
    expect(idsIn((await end(path(away))).body)).toEqual([]);
    const client = await deployment.connect(deployment.b);
    const reply = await client.login({ ...away.login, automatic: true });
    expect(reply).toMatchObject({ code: 6208 });
    await staysIn(other);
  });

  it('[REVOKE-1, REVOKE-2] end with the tickets behind them', async () => {
    const frank = await deployment.member(deployment.b, 'frank');
    const { body } = await call(deployment.a, 'POST', pathOf('frank', 'revoke'));
    expect(idsIn(body)).toEqual([frank.session.sessionId]);
    expect(Math.abs((body['revokedAt'] as number) - nowS())).toBeLessThan(60);
    await kicked(frank);
    const client = await deployment.connect(deployment.a);
    expect(await client.login(frank.login)).toMatchObject({ name: 'failed', code: 70052 });
    expect(await get(pathOf('frank', 'restrictions'))).toEqual({
      ban: null,
      revokedAt: body['revokedAt'],
    });
  });

  it('make a user online, and leave an account behind', async () => {
    expect(await get(pathOf('grace', 'status'))).toEqual({
      state: 'offline',
      platforms: [],
      customStatus: '',
      hasAccount: false,
    });
    const grace = await deployment.member(deployment.b, 'grace');
    await grace.client.request({ name: 'setStatus', customStatus: 'at lunch' });
    expect(await get(pathOf('grace', 'status'))).toEqual({
      state: 'online',
      platforms: ['web'],
      customStatus: 'at lunch',
      hasAccount: true,
    });
    await staysIn(grace);
    expect(await get(pathOf('grace', 'status'))).toMatchObject({
      state: 'offline',
      hasAccount: true,
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])('of %s are like any other', async (userId) => {
    expect(await get(pathOf(userId, 'sessions'))).toEqual({ sessions: [] });
    const member = await deployment.member(deployment.b, userId);
    expect(idsIn((await end(pathOf(userId, 'sessions'))).body)).toEqual([member.session.sessionId]);
    await kicked(member);
  });

  it('go by the same facts as the REST of back ends', async () => {
    await deployment.member(deployment.b, 'heidi');
    await call(deployment.a, 'DELETE', pathOf('heidi', 'sessions'));
    const query = queryOf(deployment);
    const body = { To_Account: ['heidi'] };
    expect(
      await callRest(deployment.b, { path: 'openim/query_online_status', query, body }),
    ).toMatchObject({ QueryResult: [{ Status: 'Offline' }] });
  });
});
