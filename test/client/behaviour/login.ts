import { describe } from 'vitest';
import {
  anyLink,
  isBack,
  isIn,
  longerThanAnyWait,
  out,
  stateOf,
  tells,
  told,
  type StageTest,
} from '../client-stage.ts';

/** Coming, going and changing. */
export function describeLogin(it: StageTest): void {
  describe(`a login`, () => {
    it('[LOGIN-1] is told by promise, state and events', async ({ expect, stage }) => {
      const { client } = await stage.place();
      expect(await stateOf(client)).toEqual(out);
      const running = client.call('login', { userID: 'ann', userSig: stage.ticket('ann') });
      expect(await client.call('getLoginStatus')).toBe('loggingIn');
      const result = await running;
      expect(result).toMatchObject({ userID: 'ann', repeatLogin: false });
      expect(result.ticketEndsAt).toBeGreaterThan(1_700_000_000);
      expect(await stateOf(client)).toEqual(isIn('ann'));
      expect(client.told.map(({ name, event }) => [name, event['status']])).toEqual([
        ['loginStatusChanged', 'loggingIn'],
        ['connecting', undefined],
        ['loginStatusChanged', 'loggedIn'],
        ['connected', undefined],
      ]);
    });

    it('[LOGIN-3] while another runs gets 7501; the first goes on', async ({ expect, stage }) => {
      const { client } = await stage.place();
      const first = client.call('login', { userID: 'ben', userSig: stage.ticket('ben') });
      const second = client.call('login', { userID: 'cat', userSig: stage.ticket('cat') });
      await expect(second).rejects.toMatchObject({ code: 7501, name: 'loginInProcess' });
      await first;
      expect(await stateOf(client)).toEqual(isIn('ben'));
    });

    it('[LOGIN-4] of the same user again takes the ticket and keeps the session', async ({
      expect,
      stage,
    }) => {
      const { client } = await stage.place();
      const login = { userID: 'dan', userSig: stage.ticket('dan', 100) };
      const first = await client.call('login', login);
      const again = await client.call('login', { ...login, userSig: stage.ticket('dan', 9000) });
      expect(again).toMatchObject({ repeatLogin: true, sessionId: first.sessionId });
      expect(again.ticketEndsAt).toBeGreaterThan(first.ticketEndsAt);
      const bad = client.call('login', { userID: 'dan', userSig: 'rubbish' });
      await expect(bad).rejects.toMatchObject({ code: 70003, retryable: false });
      expect(await stateOf(client)).toEqual(isIn('dan'));
      expect(told(client, 'connecting')).toHaveLength(1);
    });

    it('[CLOSE-3] with an expired ticket is refused with 70001, or done with a new one', async ({
      expect,
      stage,
    }) => {
      const { client } = await stage.place();
      const old = stage.deployment.ticket('eve', { issuedAt: 1_700_000_000, expireS: 10 });
      const refused = client.call('login', { userID: 'eve', userSig: old });
      await expect(refused).rejects.toMatchObject({ code: 70001, retry: 'newTicket' });
      expect(await stateOf(client)).toEqual(out);
      const reasons: string[] = [];
      const makeTicket = async ({ reason }: { readonly reason: string }) => {
        reasons.push(reason);
        return stage.ticket('eve');
      };
      const second = await stage.place({ makeTicket });
      await second.client.call('login', { userID: 'eve', userSig: old });
      expect(reasons).toEqual(['expired']);
    });

    it('[CLOSE-3] gives up after three new tickets that have ended too, and asks for none after another code', async ({
      expect,
      stage,
    }) => {
      let asked = 0;
      const old = stage.deployment.ticket('fay', { issuedAt: 1_700_000_000, expireS: 10 });
      const stale = await stage.place({ makeTicket: async () => (++asked, old) });
      const login = stale.client.call('login', { userID: 'fay' });
      await expect(login).rejects.toMatchObject({ code: 70001 });
      expect(asked).toBe(3);
      const other = await stage.place({
        makeTicket: async () => (++asked, stage.ticket('gus')),
      });
      const wrong = other.client.call('login', { userID: 'fay' });
      await expect(wrong).rejects.toMatchObject({ code: 70013 });
      expect(asked).toBe(4);
    });

    it('keeps trying while the gateway is away, for as long as it is given', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.place({ timing: { loginWithinMs: 1500 } });
      proxy.refuse();
      const login = { userID: 'hal', userSig: stage.ticket('hal') };
      await expect(client.call('login', login)).rejects.toMatchObject({
        code: 6200,
        retryable: true,
      });
      expect(await stateOf(client)).toEqual(out);
      const tries = told(client, 'connecting').length;
      expect(tries).toBeGreaterThan(2);
      const second = client.call('login', login);
      await tells(client, 'connecting', tries + 2);
      proxy.heal();
      await second;
    });

    it('is refused with what is wrong with it before anything is sent', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.place();
      const noName = client.call('login', { userID: 'no spaces', userSig: 'x' });
      await expect(noName).rejects.toMatchObject({ code: 7003 });
      await expect(client.call('login', { userID: 'ivy' })).rejects.toMatchObject({ code: 6017 });
      expect(proxy.links).toEqual([]);
    });

    it('[LOGIN-7] is what every other call needs', async ({ expect, stage }) => {
      const { client } = await stage.place();
      const calls = [
        client.call('logout'),
        client.call('renew', 'x'),
        client.call('setStatus', 'x'),
        client.call('watch', ['bob']),
        client.call('unwatch', ['bob']),
        client.call('query', ['bob']),
        client.call('saveConversationList', []),
        client.call('saveMessageList', 'c', []),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 6014 });
      expect(await client.call('getConversationList', { userID: 'ivy' })).toEqual([]);
    });
  });

  describe(`what is kept`, () => {
    it.for(['memory', 'indexedDB'] as const)(
      'in %s is read without a login and without a network, each user her own',
      async (store, { expect, stage }) => {
        const { client, proxy } = await stage.member(`jan-${store}`, { store });
        const chats = [{ conversationId: 'c1', updatedAtMs: 5, data: { title: 'Tea' } }];
        const other = [{ conversationId: 'c1', updatedAtMs: 6, data: 'of another user' }];
        await client.call('saveConversationList', chats);
        await client.call('saveMessageList', 'c1', [{ messageId: 'm', sentAtMs: 1, data: 'hi' }]);
        const kim = `kim-${store}`;
        await client.call('login', { userID: kim, userSig: stage.ticket(kim) });
        expect(await client.call('getConversationList')).toEqual([]);
        await client.call('saveConversationList', other);
        await client.call('logout');
        proxy.refuse();
        const jan = { userID: `jan-${store}` };
        expect(await client.call('getConversationList', jan)).toEqual(chats);
        expect(await client.call('getMessageList', 'c1', jan)).toHaveLength(1);
        expect(await client.call('getMessageList', 'c1')).toEqual([]);
        await client.call('clearCache', jan);
        expect(await client.call('getConversationList', jan)).toEqual([]);
        expect(await client.call('getMessageList', 'c1', jan)).toEqual([]);
        expect(await client.call('getConversationList')).toEqual(other);
      },
    );

    it('in IndexedDB is there for the next client of the device', async ({ expect, stage }) => {
      const first = await stage.member('lin', { store: 'indexedDB' });
      const chats = [{ conversationId: 'c1', updatedAtMs: 5, data: { title: 'Tea' } }];
      await first.client.call('saveConversationList', chats);
      await first.client.call('destroy');
      const { client, proxy } = await stage.place({ store: 'indexedDB' });
      proxy.refuse();
      expect(await client.call('getConversationList', { userID: 'lin' })).toEqual(chats);
      expect(await client.call('getConversationList', { userID: 'other' })).toEqual([]);
      expect(told(client, 'connecting')).toEqual([]);
    });
  });

  describe(`an account switch`, () => {
    it('[SWITCH-1] happens on the link there is', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('lea');
      const login = { userID: 'max', userSig: stage.ticket('max') };
      expect(await client.call('login', login)).toMatchObject({ userID: 'max' });
      expect(await stateOf(client)).toEqual(isIn('max'));
      expect([proxy.links.length, told(client, 'connecting').length]).toEqual([1, 1]);
      expect(await stage.deployment.registered('lea')).toEqual([]);
      // The link belongs to the second user now, and so does its return.
      proxy.reset();
      await isBack(client, 2);
      expect(await stateOf(client)).toEqual(isIn('max'));
    });

    it('[SWITCH-2] that is refused leaves the first user in', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('ned');
      const login = client.call('login', { userID: 'oli', userSig: stage.ticket('ned') });
      await expect(login).rejects.toMatchObject({ code: 70013 });
      expect(await stateOf(client)).toEqual(isIn('ned'));
      proxy.reset();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('ned'));
    });

    it('[SWITCH-1] goes through though the link is lost in the midst of it', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.member('pam');
      proxy.lose(anyLink, 'toClient');
      await client.call('login', { userID: 'quin', userSig: stage.ticket('quin') });
      expect(await stateOf(client)).toEqual(isIn('quin'));
      await expect.poll(() => stage.deployment.registered('pam')).toEqual([]);
      expect(told(client, 'kickedOffline')).toEqual([]);
    });
  });

  describe(`a logout`, () => {
    it('[LOGOUT-1] ends the session in the registry', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('xia');
      await client.call('logout');
      expect(await stage.deployment.registered('xia')).toEqual([]);
      expect(await stateOf(client)).toEqual(out);
      await expect.poll(() => proxy.links.length).toBe(0);
      await expect(client.call('logout')).rejects.toMatchObject({ code: 6014 });
    });

    it('[LOGOUT-3] ends a login that runs with 6023, and nothing stays', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.place();
      proxy.stall(anyLink, 'toClient');
      const login = client.call('login', { userID: 'yan', userSig: stage.ticket('yan') });
      const refused = expect(login).rejects.toMatchObject({ code: 6023 });
      await expect.poll(() => proxy.links.length).toBe(1);
      await client.call('logout');
      await refused;
      proxy.heal();
      await longerThanAnyWait();
      expect(await stateOf(client)).toEqual(out);
      await expect.poll(() => stage.deployment.registered('yan')).toEqual([]);
    });

    it('[LOGOUT-4] while another runs gets 7502, and so does a login', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.member('zoe');
      proxy.stall();
      const first = client.call('logout');
      await expect(client.call('logout')).rejects.toMatchObject({ code: 7502 });
      const login = client.call('login', { userID: 'zoe', userSig: stage.ticket('zoe') });
      await expect(login).rejects.toMatchObject({ code: 7502 });
      await first;
    });

    it('while the link is being mended cancels everything', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('abe');
      proxy.refuse();
      proxy.reset();
      await tells(client, 'disconnected', 3);
      await client.call('logout');
      const tries = told(client, 'connecting').length;
      proxy.heal();
      await longerThanAnyWait();
      expect(told(client, 'connecting')).toHaveLength(tries);
      expect(proxy.links).toEqual([]);
      expect(await stateOf(client)).toEqual(out);
    });

    it('is what destroy is too, for good', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('bea');
      await client.call('destroy');
      await expect.poll(() => proxy.links.length).toBe(0);
      await expect.poll(() => stage.deployment.registered('bea')).toEqual([]);
      const login = client.call('login', { userID: 'bea', userSig: stage.ticket('bea') });
      await expect(login).rejects.toMatchObject({ code: 6013 });
    });
  });
}
