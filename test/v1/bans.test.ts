import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, Member } from '../support/deployment.ts';
import { call, pathOf, registries, startV1Site } from './site.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe.each(registries)('a ban over /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry, { policy: 'multi' });
  });
  afterAll(() => deployment?.stop());

  const ban = (userId: string, endsAt: unknown) =>
    call(deployment.a, 'PUT', pathOf(userId, 'ban'), { endsAt });
  const restrictions = async (userId: string): Promise<unknown> =>
    (await call(deployment.b, 'GET', pathOf(userId, 'restrictions'))).body;
  const loginAgain = async ({ login }: Member): Promise<unknown> => {
    const client = await deployment.connect(deployment.a);
    return client.login(login);
  };

  it('[BAN-1, BAN-2] ends the sessions on every node and keeps the user out until it is lifted', async () => {
    const alice = await deployment.member(deployment.b, 'alice');
    const answer = await ban('alice', null);
    expect(answer.body).toMatchObject({
      endsAt: null,
      ended: [{ sessionId: alice.session.sessionId, platform: 'web' }],
    });
    expect(await alice.client.next('kicked')).toMatchObject({ kickType: 'banned' });
    expect(await alice.client.closed()).toBe(4500);
    expect(await restrictions('alice')).toEqual({
      ban: { bannedAt: expect.any(Number), endsAt: null },
      revokedAt: null,
    });
    expect(await loginAgain(alice)).toMatchObject({ name: 'failed', code: 70051 });

    const lift = () => call(deployment.b, 'DELETE', pathOf('alice', 'ban'));
    expect((await lift()).body).toEqual({ wasBanned: true });
    expect((await lift()).body).toEqual({ wasBanned: false });
    expect(await restrictions('alice')).toEqual({ ban: null, revokedAt: null });
    expect(await loginAgain(alice)).toMatchObject({ name: 'loggedIn' });
  });

  it('[BAN-1] ends by itself, and a later one takes its place', async () => {
    const bob = await deployment.member(deployment.b, 'bob');
    const [later, soon] = [nowS() + 86_400, nowS() + 2];
    expect((await ban('bob', later)).body).toMatchObject({ endsAt: later });
    expect(await restrictions('bob')).toMatchObject({ ban: { endsAt: later } });
    expect((await ban('bob', soon)).body).toEqual({ endsAt: soon, ended: [] });
    expect(await loginAgain(bob)).toMatchObject({ name: 'failed', code: 70051 });
    await expect.poll(() => restrictions('bob')).toEqual({ ban: null, revokedAt: null });
    expect(await loginAgain(bob)).toMatchObject({ name: 'loggedIn' });
  });

  it.each([
    ['that is over', { endsAt: 1_700_000_000 }],
    ['without an end', {}],
    ['until a text', { endsAt: '2030-01-01' }],
    ['until a part of a second', { endsAt: 1_999_999_999.5 }],
    ['beyond what can be kept', { endsAt: 9_999_999_999 }],
    ['with more than an end', { endsAt: null, reason: 'canary' }],
    ['in a list', [null]],
  ])('%s is none: it changes nothing', async (_name, body) => {
    const carol = await deployment.member(deployment.b, 'carol');
    const answer = await call(deployment.a, 'PUT', pathOf('carol', 'ban'), body);
    expect([answer.status, answer.body['code']]).toEqual([400, 'badBody']);
    expect(JSON.stringify(answer.body)).not.toContain('canary');
    expect(await restrictions('carol')).toEqual({ ban: null, revokedAt: null });
    expect((await carol.client.request({ name: 'logout' })).name).toBe('loggedOut');
  });
});
