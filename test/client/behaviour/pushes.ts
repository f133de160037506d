import { describe } from 'vitest';
import { app } from '../../support/deployment.ts';
import type { GatewayProcess } from '../../support/gateway-process.ts';
import { userOf } from '../../support/back-end.ts';
import { isBack, portOf, tells, told, type StageTest } from '../client-stage.ts';

/** Messages of the back end and of other users. */
export function describePushes(it: StageTest): void {
  describe('a pushed message', () => {
    it('[PUSH-1, PUSH-2] is told once to each client of the user, in order', async ({
      expect,
      stage,
    }) => {
      const backEnd = await stage.backEnd();
      const page = await stage.member('paula', {}, stage.deployment.a);
      const phone = await stage.member('paula', { platform: 'ios' }, stage.deployment.b);
      const numbers: number[] = [];
      for (const body of ['one', 'zwei 🐙', 'x'.repeat(12_000)]) {
        const content = { sender: 'bob', topic: 'C2C', body };
        const { number, sessions } = await backEnd.pushes.toUser(userOf('paula'), content, 'all');
        expect(sessions).toBe(2);
        numbers.push(number);
      }
      for (const { client } of [page, phone]) {
        await tells(client, 'messageReceived', 3);
        const messages = told(client, 'messageReceived');
        expect(messages.map(({ number }) => number)).toEqual(numbers);
        expect(messages[1]).toEqual({
          userID: 'paula',
          sender: 'bob',
          topic: 'C2C',
          body: 'zwei 🐙',
          number: numbers[1],
          sentAtMs: Math.floor((numbers[1] as number) / 1000),
          toEverybody: false,
        });
        expect(messages[2]?.['body']).toHaveLength(12_000);
      }
      expect(Math.abs(Number(numbers[0]) / 1000 - stage.nowMs())).toBeLessThan(60_000);
    });

    it('[PUSH-8] of another user is told where the operator allows it, else refused', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone', '--user-messages', 'allow');
      const [from, to] = [
        await stage.member('uwe', {}, node),
        await stage.member('vera', {}, node),
      ];
      const message = { userID: 'vera', topic: 'typing', body: '…' };
      const { number, sessions } = await from.client.call('sendMessage', message);
      expect(sessions).toBe(1);
      const heard = await tells(to.client, 'messageReceived');
      expect(heard).toMatchObject({
        userID: 'vera',
        sender: 'uwe',
        topic: 'typing',
        body: '…',
        number,
      });
      const elsewhere = await stage.member('uwe');
      const refusal = elsewhere.client.call('sendMessage', message);
      await expect(refusal).rejects.toMatchObject({ code: 7013 });
      const missing = from.client.call('sendMessage', { userID: 'no user', body: '' });
      await expect(missing).rejects.toMatchObject({ code: 7003 });
    });

    it('[PUSH-5] to everybody is told to everybody', async ({ expect, stage }) => {
      const redis = await stage.redis();
      const nodes = [await stage.node(redis), await stage.node(redis)];
      const clients = await Promise.all(
        ['quinn', 'rosa'].map((userID, i) => stage.member(userID, {}, nodes[i])),
      );
      const backEnd = await stage.backEnd(redis);
      const task = { id: '1', knownS: 600, gapS: 0, perDay: 100 };
      const content = { sender: 'news', topic: 'everybody', body: 'hi' };
      const outcome = await backEnd.pushes.toEverybody(app.sdkAppId, content, task);
      expect(outcome.kind).toBe('sent');
      for (const { client } of clients) {
        const message = await tells(client, 'messageReceived');
        expect(message).toMatchObject({ ...content, toEverybody: true });
      }
    });

    it('[PUSH-1] goes on with the next session after a lost link', async ({ expect, stage }) => {
      const backEnd = await stage.backEnd();
      const { client, proxy } = await stage.member('sven');
      proxy.reset();
      await isBack(client);
      const content = { sender: 'bob', topic: 'C2C', body: 'again' };
      await backEnd.pushes.toUser(userOf('sven'), content, 'all');
      await tells(client, 'messageReceived');
      expect(told(client, 'messageReceived')).toMatchObject([{ body: 'again' }]);
    });

    it('[PUSH-6] that came while the link was down is told on return, once and in order', async ({
      expect,
      stage,
    }) => {
      const redis = await stage.redis();
      const flags = ['--pushes-recover-s', '60'];
      const nodes = [await stage.node(redis, ...flags), await stage.node(redis, ...flags)];
      const keeping = { keepS: 60, count: 100, bytes: 32_768 };
      const backEnd = await stage.backEnd(redis, { keeping });
      const push = (body: string) =>
        backEnd.pushes.toUser(userOf('tara'), { sender: 'bob', topic: 'C2C', body }, 'all');
      const { client, proxy } = await stage.member('tara', {}, nodes[0]);
      const bodies = (): unknown[] => told(client, 'messageReceived').map(({ body }) => body);
      proxy.refuse();
      proxy.reset();
      await tells(client, 'disconnected');
      for (const body of ['one', 'two']) await push(body);
      proxy.aim(portOf(nodes[1] as GatewayProcess));
      proxy.heal();
      await isBack(client);
      await push('three');
      await expect.poll(bodies).toEqual(['one', 'two', 'three']);
      proxy.refuse();
      proxy.reset();
      await tells(client, 'disconnected', told(client, 'disconnected').length + 1);
      await push('four');
      proxy.heal();
      await isBack(client, 2);
      await push('five');
      await expect.poll(bodies).toEqual(['one', 'two', 'three', 'four', 'five']);
    });
  });
}
