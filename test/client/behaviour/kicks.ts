import { describe } from 'vitest';
import { userOf } from '../../support/back-end.ts';
import {
  isBack,
  isIn,
  kicks,
  longerThanAnyWait,
  out,
  stateOf,
  tells,
  told,
  type StageTest,
} from '../client-stage.ts';

/** How long two clients fight for one place, beyond the rounds they fight in any case. */
const fightMs = 1000 * Number(process.env['CLIENT_FIGHT_S'] ?? 0);

/** Being ended by others, and the peace after it. */
export function describeKicks(it: StageTest): void {
  describe(`a kick`, () => {
    it('[KICK-1, KICK-9] is told with its reason and is the end of all tries', async ({
      expect,
      stage,
    }) => {
      const first = await stage.member('cam');
      await stage.member('cam', { instanceId: 'the-other-page' }, stage.deployment.b);
      expect(await tells(first.client, 'kickedOffline')).toMatchObject({
        userID: 'cam',
        type: 'multipleAccount',
        byPlatform: 'web',
        byInstanceId: 'the-other-page',
        whileAway: false,
      });
      expect(await stateOf(first.client)).toEqual(out);
      await longerThanAnyWait();
      expect(told(first.client, 'connecting')).toHaveLength(1);
      await expect.poll(() => first.proxy.links.length).toBe(0);
      expect(told(first.client, 'loginStatusChanged').at(-1)).toMatchObject({ reason: 'kicked' });
    });

    it('[KICK-6] that fell while the client was away is told when it comes back; the user may log in again', async ({
      expect,
      stage,
    }) => {
      const first = await stage.member('dot', { platform: 'ios' });
      first.proxy.refuse();
      first.proxy.reset();
      await tells(first.client, 'disconnected');
      const second = await stage.member('dot', { platform: 'ipad' }, stage.deployment.b);
      first.proxy.heal();
      expect(await tells(first.client, 'kickedOffline')).toMatchObject({
        type: 'multipleDevice',
        byPlatform: 'ipad',
        whileAway: true,
      });
      expect(await stateOf(first.client)).toEqual(out);
      expect(await stateOf(second.client)).toEqual(isIn('dot'));
      await first.client.call('login', { userID: 'dot', userSig: stage.ticket('dot') });
      await tells(second.client, 'kickedOffline');
      expect(await stateOf(first.client)).toEqual(isIn('dot'));
    });

    const fight = { timeout: 30_000 + fightMs };
    it(
      '[KICK-9] falls exactly once where two clients want one place, whatever happens to their networks',
      fight,
      async ({ expect, stage }) => {
        const nodes = await Promise.all([stage.node('beside'), stage.node('beside')]);
        const first = await stage.member('eli', {}, nodes[0]);
        const second = await stage.member('eli', {}, nodes[1]);
        await tells(first.client, 'kickedOffline');
        const endsAtMs = performance.now() + fightMs;
        for (let round = 1; round <= 8 || performance.now() < endsAtMs; round++) {
          for (const { proxy } of [first, second]) proxy.reset();
          await isBack(second.client, round);
        }
        await longerThanAnyWait();
        expect(await kicks(nodes)).toBe(1);
        expect(told(first.client, 'connecting')).toHaveLength(1);
        expect(await stateOf(second.client)).toEqual(isIn('eli'));
      },
    );

    it('[REVOKE-1] by the back end is told as one by REST, also to a client that was away; old tickets are no use', async ({
      expect,
      stage,
    }) => {
      const backEnd = await stage.backEnd();
      const here = await stage.place();
      const userSig = stage.ticket('rob');
      await here.client.call('login', { userID: 'rob', userSig });
      const away = await stage.member('roz');
      away.proxy.refuse();
      away.proxy.reset();
      await tells(away.client, 'disconnected');
      for (const userID of ['rob', 'roz']) await backEnd.revoke(userOf(userID));
      away.proxy.heal();
      const kick = { type: 'REST', byPlatform: '', byInstanceId: '' };
      expect(await tells(here.client, 'kickedOffline')).toMatchObject({
        ...kick,
        whileAway: false,
      });
      expect(await tells(away.client, 'kickedOffline')).toMatchObject({ ...kick, whileAway: true });
      expect([await stateOf(here.client), await stateOf(away.client)]).toEqual([out, out]);
      const login = here.client.call('login', { userID: 'rob', userSig });
      await expect(login).rejects.toMatchObject({ code: 70052, retryable: false });
    });

    it('[LOGIN-6] is not what the same instance elsewhere causes: the older client stays away all the same', async ({
      expect,
      stage,
    }) => {
      const first = await stage.member('flo', { instanceId: 'one-device' });
      const second = await stage.member('flo', { instanceId: 'one-device' });
      await expect
        .poll(() => told(first.client, 'loginStatusChanged').at(-1))
        .toMatchObject({ status: 'loggedOut', reason: 'replaced', error: { code: 4501 } });
      await longerThanAnyWait();
      expect(told(first.client, 'kickedOffline')).toEqual([]);
      expect(await stateOf(second.client)).toEqual(isIn('flo'));
    });

    it('[KICK-8, KICK-9] too many of which are a war: the user is told, and the login waits as long as it must', async ({
      expect,
      stage,
    }) => {
      const flags = ['--evictions-burst', '1', '--evictions-per-minute', '40'];
      const node = await stage.node('alone', ...flags);
      const [first, second] = await Promise.all([stage.place({}, node), stage.place({}, node)]);
      const login = { userID: 'gil', userSig: stage.ticket('gil') };
      await first.client.call('login', login);
      await second.client.call('login', login);
      await tells(first.client, 'kickedOffline');
      const startedMs = performance.now();
      await first.client.call('login', login);
      const war = await tells(first.client, 'error');
      expect(war).toMatchObject({ code: 70114, name: 'kickWar', retry: 'later' });
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(Number(war['retryAfterMs']));
      await tells(second.client, 'kickedOffline');
    });

    it('[KICK-9] war that lasts longer than a login may ends it with 70114; the next is not sent before its time', async ({
      expect,
      stage,
    }) => {
      const flags = ['--evictions-burst', '1', '--evictions-per-minute', '1'];
      const node = await stage.node('alone', ...flags);
      const [first, second] = await Promise.all([stage.place({}, node), stage.place({}, node)]);
      const login = { userID: 'hua', userSig: stage.ticket('hua') };
      await first.client.call('login', login);
      await second.client.call('login', login);
      await tells(first.client, 'kickedOffline');
      for (let i = 0; i < 3; i++) {
        await expect(first.client.call('login', login)).rejects.toMatchObject({
          code: 70114,
          retryable: true,
        });
      }
      // One for the first login, one for that which was refused by the gateway; none for those that were not sent.
      expect(told(first.client, 'connecting')).toHaveLength(2);
      expect(await stateOf(second.client)).toEqual(isIn('hua'));
    });
  });
}
