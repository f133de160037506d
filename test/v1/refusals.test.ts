import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v1Codes, type V1CodeName } from '../../gateway/admin/v1/codes.ts';
import { app, type Deployment, otherApp } from '../support/deployment.ts';
import { callV1, type V1Call } from '../support/v1-client.ts';
import { until } from '../support/until.ts';
import {
  allKey,
  keyWithout,
  oneAppKey,
  pathOf,
  registries,
  startV1Site,
  strangeKey,
} from './site.ts';

type Change = Partial<V1Call>;

/**
 * What makes a good call one that is refused, for every code there is: the type asks for it. `elsewhere` are those that need
 * more than one call, or a fault inside (see below, pushes.test.ts and test/admin/v1-api.test.ts).
 */
const refusals: Readonly<Record<V1CodeName, readonly Change[] | 'elsewhere'>> = {
  keyMissing: [
    { key: undefined },
    ...['', 'Bearer', allKey, `Basic ${allKey}`, `Bearer ${allKey} x`, `bearer\u00a0${allKey}`].map(
      (authorization) => ({ key: undefined, headers: { authorization } }),
    ),
  ],
  keyUnknown: [{ key: strangeKey }],
  tooManyFailures: 'elsewhere',
  scopeMissing: [
    { key: keyWithout('sessions:read') },
    { key: keyWithout('bans:write'), method: 'DELETE', path: pathOf('alice', 'ban') },
  ],
  appForbidden: [
    { key: oneAppKey, path: pathOf('alice', 'status', otherApp.sdkAppId) },
    { key: oneAppKey, path: pathOf('alice', 'status', 7) },
  ],
  badParameter: [
    ...['al%20ice', '', '%', '%00', 'a'.repeat(33), 'al.ice', '..%2falice', 'é'].map((userId) => ({
      path: pathOf(userId, 'status'),
    })),
    ...['0', '-1', '1e9', 'x', '01', '99999999999'].map((id) => ({
      path: `/v1/apps/${id}/users/alice/status`,
    })),
    { method: 'DELETE', path: pathOf('alice', 'sessions/a%20b') },
    { method: 'DELETE', path: pathOf('alice', `instances/${'x'.repeat(65)}`) },
  ],
  badQuery: ['?x=y', '?x', `?key=${strangeKey}`].map((query) => ({
    path: `${pathOf('alice', 'status')}${query}`,
  })),
  bodyNotJson: ['', '{', "{'endsAt':1}", 'NaN'].map((body) => ({
    method: 'PUT',
    path: pathOf('alice', 'ban'),
    body,
  })),
  badBody: [{}, [], null, 7, { endsAt: 1 }].map((body) => ({
    method: 'PUT',
    path: pathOf('alice', 'ban'),
    body: JSON.stringify(body),
  })),
  bodyTooLong: [{ method: 'PUT', path: pathOf('alice', 'ban'), body: ' '.repeat(4097) }],
  noSuchRoute: [
    '/v1/',
    '/v1/nothing',
    '/v1//openapi.json',
    '/v1/openapi.json/',
    '/v1/openapixjson',
    '/v1/__proto__',
    '/v1/apps/1/users/alice',
    pathOf('alice/x', 'status'),
  ].map((path) => ({ path })),
  methodNotAllowed: [
    ...['POST', 'PUT', 'PATCH', 'OPTIONS'].map((method) => ({ method })),
    { method: 'POST', path: pathOf('alice', 'ban'), body: {} },
  ],
  noSuchApp: [{ path: pathOf('alice', 'status', 7) }],
  noSuchSession: [{ method: 'DELETE', path: pathOf('alice', 'sessions/none-1') }],
  noSuchNode: ['none-1', 'a', 'a-0000000000000'].map((nodeId) => ({
    method: 'POST',
    path: `/v1/nodes/${nodeId}/drain`,
  })),
  policyChanged: 'elsewhere',
  nodeSilent: 'elsewhere',
  pushTooSoon: 'elsewhere',
  pushQuota: 'elsewhere',
  webhooksOff: [
    { method: 'POST', path: `/v1/apps/${app.sdkAppId}/webhooks/replay`, body: '{"since":0}' },
  ],
  tooManyCalls: 'elsewhere',
  registryAway: 'elsewhere',
  internalError: 'elsewhere',
};

describe.each(registries)('a refused call of /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry);
  });
  afterAll(() => deployment?.stop());

  const status: V1Call = { method: 'GET', path: pathOf('alice', 'status'), key: allKey };

  it.each(Object.keys(v1Codes) as V1CodeName[])('has the status and the code %s', async (name) => {
    const changes = refusals[name];
    if (changes === 'elsewhere') return;
    for (const change of changes) {
      const { status: got, body } = await callV1(deployment.a, { ...status, ...change });
      const what = JSON.stringify(change).slice(0, 200);
      expect([got, body['code']], what).toEqual([v1Codes[name].status, name]);
      expect(body['remedy']).toBe(v1Codes[name].remedy);
    }
    expect((await callV1(deployment.a, status)).status).toBe(200);
  });

  it('names the methods a path takes', async () => {
    const answer = await callV1(deployment.a, { ...status, method: 'PUT' });
    expect(answer.headers.get('allow')).toBe('GET');
    const path = pathOf('alice', 'ban');
    const other = await callV1(deployment.a, { ...status, method: 'POST', path });
    expect(other.headers.get('allow')).toBe('PUT, DELETE');
  });

  it('leaves users of other apps to keys for those', async () => {
    const path = pathOf('alice', 'status');
    expect((await callV1(deployment.a, { ...status, path, key: oneAppKey })).status).toBe(200);
  });

  it('leaves a line with key, route, target and outcome, as a served one does', async () => {
    const lines = () =>
      deployment.a.log.filter(({ msg, target }) => {
        return msg === 'admin call' && JSON.stringify(target ?? '').includes('audited');
      });
    const path = pathOf('audited', 'ban');
    await callV1(deployment.a, { ...status, method: 'PUT', path, body: { endsAt: 4_000_000_000 } });
    await callV1(deployment.a, { ...status, method: 'DELETE', path, key: oneAppKey });
    const other = pathOf('audited', 'status', otherApp.sdkAppId);
    await callV1(deployment.a, { ...status, path: other, key: oneAppKey });
    const key = keyWithout('sessions:read');
    await callV1(deployment.a, { ...status, path: pathOf('audited', 'status'), key });
    const target = { sdkAppId: app.sdkAppId, userId: 'audited' };
    const expected = [
      { level: 'info', key: 'all', route: 'banUser', target: { ...target, endsAt: 4_000_000_000 } },
      { level: 'info', key: 'one-app', route: 'unbanUser', target, outcome: 'done' },
      { level: 'info', key: 'one-app', route: 'getStatus', outcome: 'appForbidden' },
      { level: 'info', key: 'without-sessions-read', target, outcome: 'scopeMissing' },
    ];
    await expect.poll(lines).toHaveLength(4);
    expect(lines()).toMatchObject(expected);
  });
});

describe('the bounds of /v1', () => {
  it('[tooManyCalls] keep a key from more calls in a second than are its own', async () => {
    const deployment = await startV1Site('embedded', { rest: { callsPerS: 5 } });
    try {
      const statusOf = async (key: string): Promise<number> => {
        const path = '/v1/openapi.json';
        return (await callV1(deployment.a, { method: 'GET', path, key })).status;
      };
      const statuses = await Promise.all(Array.from({ length: 40 }, () => statusOf(allKey)));
      expect(statuses).toContain(200);
      expect(statuses).toContain(429);
      expect(await statusOf(oneAppKey)).toBe(200);
    } finally {
      await deployment.stop();
    }
  });

  it('[registryAway] say so when Redis is away, and change nothing later', async () => {
    const deployment = await startV1Site('redis');
    try {
      const key = allKey;
      const path = pathOf('alice', 'ban');
      deployment.redis.pause();
      const answer = await callV1(deployment.a, {
        method: 'PUT',
        path,
        key,
        body: { endsAt: null },
      });
      expect([answer.status, answer.body['code']]).toEqual([503, 'registryAway']);
      expect(answer.headers.get('retry-after')).toBe('1');
      deployment.redis.resume();
      const restrictions = pathOf('alice', 'restrictions');
      await until('Redis answers', async () => {
        const { status } = await callV1(deployment.a, { method: 'GET', path: restrictions, key });
        return status === 200;
      });
      const { body } = await callV1(deployment.a, { method: 'GET', path: restrictions, key });
      expect(body).toEqual({ ban: null, revokedAt: null });
    } finally {
      deployment.redis.resume();
      await deployment.stop();
    }
  });
});
