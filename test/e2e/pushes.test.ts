import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Encoding } from '../../protocol/codec.ts';
import { app, Deployment } from '../support/deployment.ts';
import { joinAsBackEnd, userOf } from '../support/back-end.ts';
import type { RedisRegistry } from '../../gateway/registry/redis/redis-registry.ts';
import { until } from '../support/until.ts';
import { kinds } from '../transport/harness.ts';

const largest = (): string => 'x'.repeat(12_288);

describe.each(kinds)('pushes through nodes on %s', (transport) => {
  let deployment: Deployment;
  let backEnd: RedisRegistry;
  beforeAll(async () => {
    const flags = [
      '--transport',
      transport,
      '--policy',
      'multi',
      '--pushes-everybody-per-s',
      '500',
    ];
    deployment = await Deployment.start({ flags });
    backEnd = await joinAsBackEnd(deployment.redis.url);
  });
  afterAll(async () => {
    await backEnd?.stop();
    await deployment?.stop();
  });

  const push = (userId: string, body: string) =>
    backEnd.pushes.toUser(userOf(userId), { sender: 'bob', topic: 'C2C', body }, 'all');
  const metric = async (name: string, node = deployment.a): Promise<number> => {
    const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
    return Number(new RegExp(`^gatehouse_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };

  it.each<Encoding>(['msgpack', 'json'])(
    '[PUSH-1, PUSH-2, PUSH-4] arrive in %s in their order, up to the largest',
    async (encoding) => {
      const userId = `alice-${encoding}`;
      const member = await deployment.member(deployment.b, userId, {}, { encoding });
      const bodies = ['one', 'zwei 🐙\u2028', largest(), '"'.repeat(7000), ''];
      for (const body of bodies) await push(userId, body);
      for (const body of bodies) expect((await member.client.next('push')).body).toBe(body);
    },
  );

  it('[PUSH-4] end the connection of a client that does not read, and it alone', async () => {
    const slow = await deployment.member(deployment.a, 'slow', { platform: 'ios' });
    const quick = await deployment.member(deployment.a, 'slow');
    slow.client.pause();
    const sent = await metric('pushes_total');
    let received = 0;
    for (let i = 0; i < 2000 && (await metric('push_drops_total')) === 0; i += 1) {
      await Promise.all(Array.from({ length: 20 }, () => push('slow', largest())));
      for (let k = 0; k < 20; k += 1) {
        await quick.client.next('push');
        received += 1;
      }
    }
    slow.client.resume();
    expect([4002, 1006]).toContain(await slow.client.closed());
    expect(quick.client.isOpen).toBe(true);
    expect(await metric('pushes_total')).toBeGreaterThanOrEqual(sent + received);
    // The session is held for a while; then what is sent is for the other one.
    await until('the slow one to be gone', async () => (await push('slow', 'x')).sessions === 1);
  });

  it('[PUSH-5] to everybody reach many sessions at a pace', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `reader-${i}`);
    const members = await Promise.all(
      names.map((name, i) => deployment.member(i % 2 === 0 ? deployment.a : deployment.b, name)),
    );
    const task = { id: `all-${transport}`, knownS: 60, gapS: 0, perDay: 100 };
    const content = { sender: 'news', topic: 'everybody', body: 'hi' };
    const outcome = await backEnd.pushes.toEverybody(app.sdkAppId, content, task);
    // The back end of this test has a lease too.
    expect(outcome).toMatchObject({ kind: 'sent', nodes: 3 });
    for (const { client } of members) {
      expect(await client.next('push')).toMatchObject({ ...content, toEverybody: true });
    }
    expect(await metric('broadcasts_total')).toBe(1);
    expect(await metric('broadcasts_total', deployment.b)).toBe(1);
  });
});
