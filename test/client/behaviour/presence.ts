import { describe } from 'vitest';
import { isBack, portOf, tells, told, type StageTest } from '../client-stage.ts';
import type { FarClient } from '../client-host.ts';

/** The last that a client was told of a user. */
function last(client: FarClient, userID: string): unknown {
  return told(client, 'statusChanged')
    .flatMap(({ statuses }) => statuses as { readonly userID: string }[])
    .findLast((status) => status.userID === userID);
}

/** Watching users and being watched. */
export function describePresence(it: StageTest): void {
  describe('presence', () => {
    it('[PRESENCE-2] answers and then tells of each change', async ({ expect, stage }) => {
      const node = await stage.node('alone');
      const { client } = await stage.member('watcher', {}, node);
      const answer = await client.call('watch', ['bob', 'watcher']);
      expect(answer.statuses).toMatchObject([{ userID: 'bob', state: 'offline', version: 0 }]);
      expect(answer.refused).toMatchObject([{ userID: 'watcher', error: { code: 6017 } }]);
      const bob = await stage.member('bob', { platform: 'mac' }, node);
      await bob.client.call('setStatus', 'tea');
      await expect
        .poll(() => last(client, 'bob'))
        .toMatchObject({ state: 'online', platforms: ['mac'], customStatus: 'tea' });
      await bob.client.call('logout');
      await expect.poll(() => last(client, 'bob')).toMatchObject({ state: 'offline' });
      await client.call('unwatch');
      const before = told(client, 'statusChanged').length;
      await bob.client.call('login', { userID: 'bob', userSig: stage.ticket('bob') });
      const { statuses } = await client.call('query', ['bob', 'nobody']);
      expect(statuses.map(({ state }) => state)).toEqual(['online', 'offline']);
      expect(told(client, 'statusChanged')).toHaveLength(before);
    });

    it('names the own instances', async ({ expect, stage }) => {
      const node = await stage.node('alone');
      const { client } = await stage.member('carl', { instanceId: 'page-1' }, node);
      await stage.member('carl', { instanceId: 'phone-1', platform: 'ios' }, node);
      const { instances } = await client.call('query', ['carl'], { withInstances: true });
      expect(instances).toEqual([
        { instanceId: 'phone-1', platform: 'ios' },
        { instanceId: 'page-1', platform: 'web' },
      ]);
    });

    it('[PRESENCE-8, PRESENCE-10] is taken up by the same node after a lost link, and nobody saw anything', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone');
      const watcher = await stage.member('dina', {}, node);
      const { client, proxy } = await stage.member('emil', {}, node);
      await client.call('setStatus', 'here');
      await client.call('watch', ['dina']);
      await watcher.client.call('watch', ['emil']);
      const before = told(watcher.client, 'statusChanged').length;
      proxy.reset();
      await isBack(client);
      await watcher.client.call('setStatus', 'seen again');
      await expect.poll(() => last(client, 'dina')).toMatchObject({ customStatus: 'seen again' });
      const { statuses } = await watcher.client.call('query', ['emil']);
      expect(statuses).toMatchObject([{ state: 'online', customStatus: 'here' }]);
      expect(told(watcher.client, 'statusChanged')).toHaveLength(before);
    });

    it('[PRESENCE-10] is restored where nothing of it was left: watches and the own custom status', async ({
      expect,
      stage,
    }) => {
      const [first, second] = await Promise.all([stage.node('alone'), stage.node('alone')]);
      const names = Array.from({ length: 130 }, (_, i) => `friend-${i}`);
      const { client, proxy } = await stage.member('fred', {}, first);
      await client.call('watch', names.slice(0, 100));
      await client.call('watch', names.slice(100));
      await client.call('setStatus', 'away');
      // A node whose registry knows nothing of all that.
      proxy.aim(portOf(second));
      proxy.reset();
      await isBack(client);
      const watcher = await stage.member('gina', {}, second);
      await expect
        .poll(async () => (await watcher.client.call('query', ['fred'])).statuses[0])
        .toMatchObject({ state: 'online', customStatus: 'away' });
      for (const userID of ['friend-0', 'friend-129']) {
        await stage.member(userID, {}, second);
        await expect.poll(() => last(client, userID)).toMatchObject({ state: 'online' });
      }
      expect(told(client, 'error')).toEqual([]);
    });

    it('[PRESENCE-3] of another device is not undone: the newer custom status stays', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone', '--presence-hold-s', '0');
      const phone = await stage.member('hugo', { platform: 'ios' }, node);
      const { client } = await stage.member('hugo', {}, node);
      await phone.client.call('setStatus', 'old');
      phone.proxy.refuse();
      phone.proxy.reset();
      await tells(phone.client, 'disconnected');
      await client.call('setStatus', 'new');
      phone.proxy.heal();
      await isBack(phone.client);
      await phone.client.call('query', ['hugo']);
      const { statuses } = await client.call('query', ['hugo']);
      expect(statuses).toMatchObject([{ customStatus: 'new' }]);
    });

    it('[PRESENCE-5] that is asked for too often fails with 7008 and the delay', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone');
      const { client } = await stage.member('ines', {}, node);
      const calls = Array.from({ length: 25 }, () => client.call('query', ['ines']));
      const results = await Promise.allSettled(calls);
      const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refused).toHaveLength(5);
      expect(refused[0]).toMatchObject({ code: 7008, retryable: true });
    });

    it('[PRESENCE-9] of very many users comes in parts and is given whole', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone');
      const { client } = await stage.member('jens', {}, node);
      const names = Array.from({ length: 500 }, (_, i) => `a-rather-long-name-of-a-user-${i}`);
      const { statuses } = await client.call('query', names);
      expect(statuses.map(({ userID }) => userID).sort()).toEqual(names.sort());
    });
  });
}
