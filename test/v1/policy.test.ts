import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { app, otherApp, type Deployment, type Member } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { call, registries, startV1Site } from './site.ts';

const policyOf = (sdkAppId = app.sdkAppId): string => `/v1/apps/${sdkAppId}/policy`;
const oneEach = { web: 1, android: 1, ios: 1, ipad: 1, windows: 1, mac: 1, linux: 1 };
const wide = { policy: 'multi', limits: { ...oneEach, web: 5 } };
const evictions = { burst: 10, perMinute: 6 };

interface Doomed {
  readonly userId: string;
  readonly sessionId: string;
}

interface Shown {
  readonly source: string;
  readonly version: number;
  readonly limits: object;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly version: number | null;
    readonly isConverged: boolean;
  }[];
}

const show = async (node: GatewayProcess, sdkAppId?: number): Promise<Shown> => {
  const { status, body } = await call(node, 'GET', policyOf(sdkAppId));
  expect(status).toBe(200);
  return body as unknown as Shown;
};
const set = async (node: GatewayProcess, wish: object): Promise<number> => {
  const { status, body } = await call(node, 'PUT', policyOf(), wish);
  expect([status, body]).toMatchObject([200, {}]);
  return body['version'] as number;
};
/** Waits until every node goes by this version and has ended what it does not allow. */
const isDone = (node: GatewayProcess, version: number, nodes: number): Promise<void> =>
  expect
    .poll(async () => (await show(node)).nodes, { timeout: 15_000 })
    .toEqual(
      Array.from({ length: nodes }, () => ({
        nodeId: expect.any(String),
        version,
        isConverged: true,
      })),
    );
const sessionIdOf = ({ session }: Member): string => session.sessionId;

describe.each(registries)('the policy of an app over /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  const count = registry === 'redis' ? 2 : 1;
  beforeAll(async () => {
    deployment = await startV1Site(registry, wide);
  });
  afterAll(() => deployment?.stop());

  /** So many sessions on the web of each user, the oldest first, on both nodes by turns. */
  const members = async (userIds: readonly string[], each: number): Promise<Member[][]> => {
    const all: Member[][] = [];
    for (const userId of userIds) {
      const own: Member[] = [];
      for (let i = 0; i < each; i += 1)
        own.push(await deployment.member(i % 2 === 0 ? deployment.a : deployment.b, userId));
      all.push(own);
    }
    return all;
  };
  const preview = async (wish: object) => {
    const { status, body } = await call(deployment.b, 'POST', `${policyOf()}/preview`, wish);
    expect(status).toBe(200);
    return body as unknown as { readonly count: number; readonly sessions: readonly Doomed[] };
  };

  it('[LOGIN-5] is that of the configuration, until it is set: the dry run names exactly those who go', async () => {
    const { a, b } = deployment;
    expect(await show(b)).toMatchObject({
      ...wide,
      evictions,
      source: 'configuration',
      version: 0,
    });
    const users = await members(['alice', 'bob', 'carol'], 4);
    const [elsewhere] = [await deployment.member(b, 'alice', { platform: 'ios' })];
    const wish = { limits: { web: 2 } };
    const foretold = await preview(wish);
    const goes = users.flatMap((own) => own.slice(0, 2));
    expect(foretold.count).toBe(goes.length);
    expect(foretold.sessions.map(({ sessionId }) => sessionId).sort()).toEqual(
      goes.map(sessionIdOf).sort(),
    );
    expect(await show(a)).toMatchObject({ source: 'configuration', version: 0 });
    expect((await elsewhere.client.request({ name: 'ping' })).name).toBe('pong');

    const version = await set(a, wish);
    for (const own of users) {
      const [newest] = own.slice(-1);
      for (const { client } of own.slice(0, 2)) {
        expect(await client.next('kicked')).toMatchObject({
          kickType: 'multipleAccount',
          byPlatform: 'web',
          byInstanceId: newest?.login.instanceId,
        });
        expect(await client.closed()).toBe(4500);
      }
      for (const { client } of own.slice(2))
        expect((await client.request({ name: 'ping' })).name).toBe('pong');
    }
    expect((await elsewhere.client.request({ name: 'ping' })).name).toBe('pong');
    await isDone(b, version, count);
    expect(await show(b)).toMatchObject({
      policy: 'multi',
      limits: { ...oneEach, web: 2 },
      evictions,
      source: 'setting',
      version,
    });
    expect((await preview(wish)).count).toBe(0);
    // Whoever was kicked and comes back by itself is refused, as after a kick by a login.
    const [[first]] = users as [[Member]];
    const client = await deployment.connect(b);
    expect(await client.login({ ...first.login, automatic: true })).toMatchObject({ code: 6208 });

    // Logins on every node go by it; other apps do not.
    for (const node of [a, b]) {
      const newest = await deployment.member(node, 'alice');
      expect((await preview({})).count).toBe(0);
      expect((await newest.client.request({ name: 'ping' })).name).toBe('pong');
    }
    expect(await show(a, otherApp.sdkAppId)).toMatchObject({ ...wide, source: 'configuration' });
  });

  it('is taken back, and what the configuration does not allow ends', async () => {
    const { a, b } = deployment;
    await set(a, { limits: { web: 7 } });
    const [own = []] = await members(['dave'], 7);
    const resetPreview = await call(a, 'POST', `${policyOf()}/preview-reset`);
    expect(resetPreview.body).toMatchObject({ count: 2 });
    const { body } = await call(b, 'DELETE', policyOf());
    expect(body).toMatchObject({ wasSet: true });
    for (const { client } of own.slice(0, 2)) expect(await client.closed()).toBe(4500);
    await isDone(a, body['version'] as number, count);
    expect(await show(a)).toMatchObject({
      ...wide,
      source: 'configuration',
      version: body['version'],
    });
    expect((await call(a, 'DELETE', policyOf())).body).toEqual({ ...body, wasSet: false });
  });

  it('may be groups, and keeps what a change leaves out', async () => {
    const { a, b } = deployment;
    const policy = [
      { platforms: ['web', 'ios'], max: 2 },
      { platforms: ['mac', 'windows'], exclusive: true },
    ];
    await set(a, { policy, evictions: { burst: 0 } });
    const version = await set(b, { limits: { ios: 3 } });
    expect(await show(a)).toMatchObject({
      policy,
      limits: { ...oneEach, web: 5, ios: 3 },
      evictions: { burst: 0, perMinute: 6 },
      version,
    });
    await isDone(a, version, count);
    await call(a, 'DELETE', policyOf());
  });

  it.each([
    ['a name nobody knows', { policy: 'quadruple' }],
    [
      'a platform in two groups',
      { policy: [{ platforms: ['web'] }, { platforms: ['ios', 'web'] }] },
    ],
    ['no platform', { policy: [{ platforms: [] }] }],
    ['a platform nobody knows', { limits: { fridge: 2, canary: 1 } }],
    ['a limit of nothing', { limits: { web: 0 } }],
    ['a limit beyond the largest', { limits: { web: 101 } }],
    ['a misspelt field', { dryrun: true }],
    ['a list', []],
  ])('%s is none: nothing is changed', async (_name, body) => {
    const before = await show(deployment.a);
    for (const [method, path] of [
      ['PUT', policyOf()],
      ['POST', `${policyOf()}/preview`],
    ] as const) {
      const answer = await call(deployment.b, method, path, body);
      expect([answer.status, answer.body['code']]).toEqual([400, 'badBody']);
      expect(JSON.stringify(answer.body)).not.toContain('canary');
    }
    expect((await show(deployment.a)).version).toBe(before.version);
  });

  it('[policyChanged] is changed by one of several calls at once, or by one after the other', async () => {
    const limits = [1, 2, 3, 4, 5, 6];
    const answers = await Promise.all(
      limits.map((web) =>
        call(web % 2 ? deployment.a : deployment.b, 'PUT', policyOf(), { limits: { web } }),
      ),
    );
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body['code']]).toEqual([409, 'policyChanged']);
    const last = Math.max(...done.map(({ body }) => body['version'] as number));
    expect(await show(deployment.a)).toMatchObject({ version: last });
    await call(deployment.a, 'DELETE', policyOf());
  });

  it('holds nothing secret', async () => {
    await set(deployment.a, { limits: { web: 4 } });
    const answer = await call(deployment.b, 'GET', policyOf());
    expect(JSON.stringify(answer.body)).not.toContain(app.secret);
    if (registry === 'redis') {
      const kept = await deployment.redis.call('HGETALL', 'gatehouse:policies:{gatehouse:nodes}');
      expect(JSON.stringify(kept)).toContain('"web\\":4');
      expect(JSON.stringify(kept)).not.toContain(app.secret);
    }
    const lines = JSON.stringify(deployment.a.log.filter(({ msg }) => msg === 'admin call'));
    expect(lines).toContain('"route":"setPolicy"');
    await call(deployment.a, 'DELETE', policyOf());
  });
});

describe('a policy at run time', () => {
  it('reaches a node that stood still and one that starts later, and survives the death of one', async () => {
    const deployment = await startV1Site('redis', wide);
    onTestFinished(() => deployment.stop());
    const { a, b } = deployment;
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
    const all: Member[] = [];
    for (const userId of users)
      for (const node of [a, b, b]) all.push(await deployment.member(node, userId));
    b.signal('SIGSTOP');
    onTestFinished(() => b.signal('SIGCONT'));
    const version = await set(a, { limits: { web: 1 } });
    // Whatever node holds them, the one that lives ends what its users may not have.
    await expect
      .poll(async () =>
        (await Promise.all(users.map((userId) => deployment.registered(userId)))).flat(),
      )
      .toHaveLength(users.length);
    b.signal('SIGCONT');
    await isDone(a, version, 2);
    for (const [i, { client }] of all.entries())
      if (i % 3 !== 2) expect(await client.closed()).toBe(4500);
    for (const [i, { client }] of all.entries())
      if (i % 3 === 2) expect((await client.request({ name: 'ping' })).name).toBe('pong');

    const wider = await set(b, { limits: { web: 3 } });
    await isDone(b, wider, 2);
    // Its own configuration would let one stay.
    const late = await GatewayProcess.start({
      flags: ['--redis', deployment.redis.url, '--node-name', 'c'],
      env: { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}` },
    });
    onTestFinished(() => late.kill());
    const newcomers: Member[] = [];
    for (let i = 0; i < 4; i += 1) newcomers.push(await deployment.member(late, 'newcomer'));
    const stay = newcomers.slice(1).map(sessionIdOf);
    expect(await deployment.registered('newcomer')).toEqual(stay.sort());
    for (const userId of users) for (const node of [a, b]) await deployment.member(node, userId);
    await set(b, { limits: { web: 2 } });
    a.signal('SIGKILL');
    expect(await a.ended()).toBe('SIGKILL');
    // Those of the dead node are swept, those of the other one held.
    await expect
      .poll(
        async () =>
          Math.max(
            ...(await Promise.all(users.map((userId) => deployment.registered(userId)))).map(
              (sessionIds) => sessionIds.length,
            ),
          ),
        { timeout: 20_000 },
      )
      .toBeLessThanOrEqual(2);
    expect((await call(b, 'POST', `${policyOf()}/preview`, {})).body).toMatchObject({ count: 0 });
  });
});
