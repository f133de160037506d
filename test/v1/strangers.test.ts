import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfAdminKey } from '../../gateway/access/admin-key.ts';
import { routes } from '../../gateway/admin/v1/routes.ts';
import type { Deployment } from '../support/deployment.ts';
import { callV1 } from '../support/v1-client.ts';
import { allKey, filledPath, keyWithout, registries, startV1Site, strangeKey } from './site.ts';

const wrongKeys: readonly (string | undefined)[] = [
  undefined,
  '',
  strangeKey,
  `${allKey}x`,
  allKey.slice(0, -1),
  allKey.toUpperCase(),
  hashOfAdminKey(allKey),
  'x'.repeat(5000),
];

describe.each(registries)('a stranger at /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry);
  });
  afterAll(() => deployment?.stop());

  it.each(routes)('is not served by $method $path, whatever the key', async (route) => {
    const bob = await deployment.member(deployment.b, 'bob', { instanceId: 'alice-laptop' });
    const { sessionId } = bob.session;
    const path = filledPath(route, {
      userId: 'bob',
      sessionId,
      nodeId: String(deployment.a.ready['nodeId']),
    });
    for (const key of wrongKeys) {
      const answer = await callV1(deployment.a, {
        method: route.method,
        path,
        key,
        body: route.request,
      });
      const isNone = key === undefined || key === '';
      expect([answer.status, answer.body['code']], key).toBeOneOf([
        [401, isNone ? 'keyMissing' : 'keyUnknown'],
        // One that tries as often as this is not told which it was.
        [429, 'tooManyFailures'],
      ]);
      if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    if (route.scope !== undefined) {
      const { method, request: body } = route;
      const answer = await callV1(deployment.a, {
        method,
        path,
        body,
        key: keyWithout(route.scope),
      });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({
        code: 'scopeMissing',
        message: expect.stringContaining(route.scope),
      });
    }
    expect((await bob.client.request({ name: 'logout' })).name).toBe('loggedOut');
  });

  it('learns nothing of paths and methods', async () => {
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['GET', '/v1/'],
      ['OPTIONS', '/v1/openapi.json'],
      ['DELETE', '/v1/openapi.json?x=y'],
    ] as const) {
      const { status } = await callV1(deployment.a, { method, path });
      expect(status).toBeOneOf([401, 429]);
    }
  });

  it('is turned away without a line in the log after so many tries, and locks nobody out', async () => {
    const noted = (): number =>
      deployment.b.log.filter(({ msg, level }) => msg === 'admin call' && level === 'warn').length;
    const path = '/v1/openapi.json';
    const statuses = new Set<number>();
    for (let tries = 0; tries < 40; tries++)
      statuses.add((await callV1(deployment.b, { method: 'GET', path, key: strangeKey })).status);
    expect(statuses).toContain(429);
    expect(noted()).toBeLessThan(wrongKeys.length * routes.length);
    const served = await callV1(deployment.b, { method: 'GET', path, key: allKey });
    expect(served.status).toBe(200);
    const away = await callV1(deployment.b, { method: 'GET', path });
    expect(away.body['code']).toBe('tooManyFailures');
    expect(away.headers.get('retry-after')).toBe('1');
  });

  it('finds no key in what the gateway writes', () => {
    for (const node of [deployment.a, deployment.b]) {
      const text = `${node.stdout}${node.stderr}`;
      expect(text).toContain('admin call');
      expect(text).not.toMatch(/ghk_|canary|sha256:/);
      expect(node.log.filter(({ level }) => level === 'error')).toEqual([]);
    }
  });
});
