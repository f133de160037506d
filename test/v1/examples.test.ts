import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { routes } from '../../gateway/admin/v1/routes.ts';
import type { Deployment } from '../support/deployment.ts';
import type { RegistryKind } from '../rest/site.ts';
import { call, filledPath, registries, startV1Site } from './site.ts';

/** What a value is made of: its keys, the shape of the first item of a list, or its kind. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}

/** Events are kept; their back end is away. */
const webhooks = {
  url: 'http://127.0.0.1:1/',
  token: 'canary-token',
  allowedAddresses: ['127.0.0.1'],
};

async function startOwn(registry: RegistryKind): Promise<Deployment> {
  const deployment = await startV1Site(registry, { webhooks });
  onTestFinished(() => deployment.stop());
  return deployment;
}

describe.each(registries)('the examples of docs/openapi.json, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry, { webhooks });
  });
  afterAll(() => deployment?.stop());

  it.each(routes)('of $method $path are served as they say', async (route) => {
    // Who is drained is not there for the others.
    const isLast = route.name === 'drainNode';
    const { a, b } = isLast ? await startOwn(registry) : deployment;
    // A user for each, as some of them keep the user out.
    const userId = route.name;
    const { session, client } = await deployment.member(b, userId, {
      instanceId: 'alice-laptop',
    });
    await client.request({ name: 'setStatus', customStatus: 'at lunch' });
    const nodeId = String(b.ready['nodeId']);
    const path = filledPath(route, { userId, sessionId: session.sessionId, nodeId });
    const request = route.name === 'banUser' ? { endsAt: 4_000_000_000 } : route.request;
    if (route.name === 'getRestrictions' || route.name === 'unbanUser')
      await call(a, 'PUT', path.replace('restrictions', 'ban'), {
        endsAt: 4_000_000_000,
      });
    if (route.name === 'previewPolicy' || route.name === 'previewReset') {
      await call(a, 'PUT', path.replace(/\/preview.*/, ''), { limits: { web: 3 } });
      for (let i = 0; i < 2; i += 1) await deployment.member(a, userId);
    }
    const { status, body } = await call(a, route.method, path, request);
    expect(status).toBe(200);
    expect(route.response.parse(body)).toEqual(body);
    // One document is as good as another, and without Redis there are no leases.
    const isOther = route.name === 'getOpenapi' || (route.name === 'listNodes' && a === b);
    if (!isOther) expect(shapeOf(body)).toEqual(shapeOf(route.example));
  });

  it('answers HEAD like GET', async () => {
    const path = `${deployment.a.adminUrl}/v1/openapi.json`;
    const response = await fetch(path, { method: 'HEAD' });
    expect(response.status).toBe(401);
  });
});

describe('the table of routes', () => {
  it.each(routes)('has examples of $name that fit its shapes', (route) => {
    expect(route.response.safeParse(route.example).error).toBeUndefined();
    if (route.body !== undefined) expect(route.body.safeParse(route.request).error).toBeUndefined();
  });

  it('names each route once', () => {
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
    expect(new Set(routes.map(({ method, path }) => method + path)).size).toBe(routes.length);
  });

  it('changes nothing by GET', () => {
    for (const { method, scope } of routes)
      if (method === 'GET') expect(scope ?? 'any:read').toMatch(/:read$/);
      else expect(scope).toMatch(/:write$/);
  });
});
