import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type Deployment } from '../support/deployment.ts';
import type { V1Answer } from '../support/v1-client.ts';
import { until } from '../support/until.ts';
import { call, pathOf, registries, startV1Site } from './site.ts';

const greeting = { sender: 'news', topic: 'greeting', body: '{"text":"hi"}' };
const everybody = `/v1/apps/${app.sdkAppId}/pushes`;

describe.each(registries)('a push over /v1, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startV1Site(registry, { policy: 'multi', limits: { web: 5 } });
  });
  afterAll(() => deployment?.stop());

  const push = (userId: string, fields: object = {}): Promise<V1Answer> =>
    call(deployment.a, 'POST', pathOf(userId, 'pushes'), { ...greeting, ...fields });
  const isUnread = async ({ client }: { client: Awaited<ReturnType<Deployment['connect']>> }) => {
    await client.request({ name: 'logout' });
    expect(client.unread).toEqual([]);
  };

  it('[PUSH-1] reaches the sessions of a user on every node, and says how many', async () => {
    const members = [
      await deployment.member(deployment.a, 'alice'),
      await deployment.member(deployment.b, 'alice'),
    ];
    const { status, body } = await push('alice');
    expect([status, body]).toEqual([200, { number: expect.any(Number), sessions: 2 }]);
    for (const { client } of members) {
      expect(await client.next('push')).toMatchObject({ ...greeting, toEverybody: false });
    }
  });

  it('[PUSH-1] reaches only the instances that are named', async () => {
    const [one, other] = [
      await deployment.member(deployment.b, 'bob'),
      await deployment.member(deployment.b, 'bob'),
    ];
    const { body } = await push('bob', { instanceIds: [one.login.instanceId, 'nobody'] });
    expect(body['sessions']).toBe(1);
    expect(await one.client.next('push')).toMatchObject(greeting);
    await isUnread(other);
  });

  it('reaches nobody where nobody is, and may be as long as a frame lets it be', async () => {
    expect((await push('nobody')).body['sessions']).toBe(0);
    const carol = await deployment.member(deployment.a, 'carol');
    const longest = '"'.repeat(6000) + 'x'.repeat(2000);
    expect((await push('carol', { body: longest })).body['sessions']).toBe(1);
    expect((await carol.client.next('push')).body).toBe(longest);
  });

  it.each([
    ['a body that is too long', { body: 'x'.repeat(12_289) }],
    ['a body that is too long as JSON', { body: '"'.repeat(12_000) }],
    ['no body', { body: undefined }],
    ['an empty topic', { topic: '' }],
    ['no sender', { sender: undefined }],
    ['a sender that is too long', { sender: 'x'.repeat(65) }],
    ['no instance', { instanceIds: [] }],
    ['an instance that can be none', { instanceIds: ['a b'] }],
    ['a field that is not known', { colour: 'red' }],
  ])('is refused with %s', async (_what, fields) => {
    const { status, body } = await push('alice', fields);
    expect([status, body['code']]).toEqual([400, 'badBody']);
  });

  it('leaves out of the log what it says', async () => {
    const canary = 'canary-of-a-push-4711';
    await push('dora', { body: canary });
    const line = () =>
      deployment.a.log.find(({ target }) => JSON.stringify(target ?? '').includes('dora'));
    await expect.poll(line).toMatchObject({ route: 'pushToUser', target: { topic: 'greeting' } });
    expect(JSON.stringify(deployment.a.log)).not.toContain(canary);
  });

  it('[PUSH-5] reaches everybody of the app, the same id once; [pushTooSoon] another a second later', async () => {
    const erin = await deployment.member(deployment.a, 'erin');
    const frank = await deployment.member(deployment.b, 'frank');
    const all = (id: string) => call(deployment.a, 'POST', everybody, { ...greeting, id });
    const { body } = await all('one');
    expect(body['nodes']).toBe(registry === 'redis' ? 2 : 1);
    for (const { client } of [erin, frank]) {
      expect(await client.next('push')).toMatchObject({ ...greeting, toEverybody: true });
    }
    expect((await all('one')).body).toEqual({ number: body['number'], nodes: 0 });
    const soon = await all('two');
    expect([soon.status, soon.body['code']]).toEqual([429, 'pushTooSoon']);
    await until('the second to be over', async () => (await all('two')).status === 200);
  });
});

describe('the quota of pushes over /v1', () => {
  it('[pushQuota] is 100 in a day, those over REST included', async () => {
    const deployment = await startV1Site('redis');
    try {
      const midnightS = Math.floor(Date.now() / 86_400_000) * 86_400;
      const key = `gatehouse:tasks:{gatehouse:nodes}:${app.sdkAppId}`;
      const marks = Array.from({ length: 100 }, (_, i) => [
        String(midnightS * 1e6 + i),
        `old-${i}`,
      ]);
      await deployment.redis.call('ZADD', key, ...marks.flat());
      const codeOf = async (): Promise<unknown> =>
        (await call(deployment.a, 'POST', everybody, { ...greeting, id: 'more' })).body['code'];
      // Within its second it is too soon first of all.
      await expect.poll(codeOf).toBe('pushQuota');
    } finally {
      await deployment.stop();
    }
  });
});
