import { describe } from 'vitest';
import { until } from '../../support/until.ts';
import {
  anyLink,
  isBack,
  isIn,
  longerThanAnyWait,
  out,
  portOf,
  stateOf,
  tells,
  told,
  type StageTest,
} from '../client-stage.ts';

/** What the network and the end of tickets do to a session. */
export function describeStayingOnline(it: StageTest): void {
  describe(`a lost link`, () => {
    it('that was reset is mended without a login call', async ({ expect, stage }) => {
      const { client, proxy } = await stage.member('rex');
      for (const returns of [1, 2, 3]) {
        proxy.reset();
        await isBack(client, returns);
      }
      expect(await stateOf(client)).toEqual(isIn('rex'));
      expect(told(client, 'loginStatusChanged').map(({ status }) => status)).toEqual([
        'loggingIn',
        'loggedIn',
      ]);
      expect(await stage.deployment.registered('rex')).toHaveLength(1);
    });

    it.for([
      ['only to the server', ['toServer']],
      ['only to the client', ['toClient']],
      ['both ways', ['toServer', 'toClient']],
    ] as const)(
      '[CONN-9] that swallows everything %s is found and mended',
      async ([ways, directions], { expect, stage }) => {
        const userID = `sam-${ways.replaceAll(' ', '-')}`;
        const { client, proxy } = await stage.member(userID);
        proxy.lose(anyLink, ...directions);
        await isBack(client);
        expect(await stateOf(client)).toEqual(isIn(userID));
      },
    );

    it('is mended though the links that follow swallow everything too, once one does not', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.member('sue', { timing: { connectWithinMs: 500 } });
      proxy.blackhole();
      const lost = await tells(client, 'disconnected', 3);
      expect(lost).toMatchObject({ error: { code: 6200 } });
      proxy.heal();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('sue'));
    });

    it('[CONN-9] is not seen where the network only stalls for less than the pulse waits', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.member('tom', { timing: { pongWithinMs: 8000 } });
      proxy.stall();
      const asked = client.call('query', ['tom']).catch(() => undefined);
      await longerThanAnyWait();
      proxy.heal();
      await asked;
      expect(told(client, 'disconnected')).toEqual([]);
    });

    it('makes calls fail with a code to retry, and they work again after it', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.member('uma');
      proxy.refuse();
      proxy.reset();
      await tells(client, 'disconnected');
      const call = client.call('setStatus', 'x');
      await expect(call).rejects.toMatchObject({ code: 6200, retryable: true });
      expect(await stateOf(client)).toEqual({ user: 'uma', status: 'loggedIn', isReady: false });
      proxy.heal();
      await isBack(client);
    });

    it('[LOGIN-8] is mended too when it was lost while Redis was away, and no call is needed', async ({
      expect,
      stage,
    }) => {
      const redis = await stage.redis();
      const { client, proxy } = await stage.member('xaver', {}, await stage.node(redis));
      redis.pause();
      try {
        proxy.reset();
        const refused = await tells(client, 'disconnected', 2);
        expect(refused).toMatchObject({ error: { code: 70169, retry: 'later' } });
      } finally {
        redis.resume();
      }
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('xaver'));
    });

    it('[CLOSE-4] because the node was killed leads to another node', async ({ expect, stage }) => {
      const node = await stage.node('beside');
      const { client, proxy } = await stage.member('val', {}, node);
      proxy.aim(portOf(stage.deployment.b));
      await node.kill();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('val'));
    });

    it('[DRAIN-1] because the node leaves service is mended after the delay it told', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('beside', '--drain-window-s', '2');
      const { client, proxy } = await stage.member('wes', {}, node);
      proxy.aim(portOf(stage.deployment.b));
      const startedMs = performance.now();
      node.signal('SIGTERM');
      const lost = await tells(client, 'disconnected');
      expect(lost).toMatchObject({ closeCode: 4000, error: { name: 'goingAway' } });
      await isBack(client);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(Number(lost['retryInMs']));
      expect(await node.ended()).toBe(0);
    });
  });

  describe(`the end of a ticket`, () => {
    it('[TICKET-5, TICKET-6, TICKET-7] is told before and when it comes; without a new one it is the end', async ({
      expect,
      stage,
    }) => {
      const { client } = await stage.place();
      await client.call('login', { userID: 'ian', userSig: stage.ticket('ian', 3) });
      expect(await tells(client, 'userSigExpiring')).toMatchObject({ userID: 'ian' });
      expect(await tells(client, 'userSigExpired')).toMatchObject({ graceMs: 2000 });
      const call = client.call('query', ['ian']);
      await expect(call).rejects.toMatchObject({ code: 6206, retry: 'newTicket' });
      expect(await tells(client, 'userSigExpired', 2)).toMatchObject({ graceMs: 0 });
      expect(await stateOf(client)).toEqual(out);
      await longerThanAnyWait();
      expect(told(client, 'connecting')).toHaveLength(1);
      expect(told(client, 'loginStatusChanged').at(-1)).toMatchObject({ reason: 'expired' });
    });

    it('[RENEW-2] is put right by renew() in the grace time', async ({ expect, stage }) => {
      const { client } = await stage.place();
      await client.call('login', { userID: 'jim', userSig: stage.ticket('jim', 3) });
      await tells(client, 'userSigExpired');
      await client.call('renew', stage.ticket('jim'));
      expect(await stateOf(client)).toEqual(isIn('jim'));
      const again = await client.call('login', { userID: 'jim', userSig: stage.ticket('jim') });
      expect(again.repeatLogin).toBe(true);
      expect(told(client, 'disconnected')).toEqual([]);
    });

    it('[RENEW-1] is not seen with getTicket: the session goes on', async ({ expect, stage }) => {
      const reasons: string[] = [];
      const makeTicket = async ({ reason }: { readonly reason: string }) => {
        reasons.push(reason);
        return stage.ticket('kay', reasons.length < 3 ? 3 : 3600);
      };
      const { client } = await stage.place({ makeTicket });
      await client.call('login', { userID: 'kay' });
      await expect
        .poll(() => reasons, { timeout: 15_000 })
        .toEqual(['login', 'expiring', 'expiring']);
      expect(told(client, 'disconnected')).toEqual([]);
      expect(told(client, 'error')).toEqual([]);
      expect(await stateOf(client)).toEqual(isIn('kay'));
    });

    it('[CLOSE-3] while the client is away: without getTicket it is told and stays away', async ({
      expect,
      stage,
    }) => {
      const { client, proxy } = await stage.place();
      const login = { userID: 'lou', userSig: stage.ticket('lou', 3) };
      const { ticketEndsAt } = await client.call('login', login);
      proxy.refuse();
      proxy.reset();
      await until('the end of the ticket', async () => Date.now() / 1000 > ticketEndsAt + 1);
      proxy.heal();
      await tells(client, 'userSigExpired');
      expect(await stateOf(client)).toEqual(out);
    });

    it('[CLOSE-3] while the client is away: with getTicket it comes back with a new one', async ({
      expect,
      stage,
    }) => {
      let made = 0;
      const makeTicket = async () => stage.ticket('mia', ++made === 1 ? 3 : 3600);
      const { client, proxy } = await stage.place({ makeTicket });
      const { ticketEndsAt } = await client.call('login', { userID: 'mia' });
      proxy.refuse();
      proxy.reset();
      await until('the end of the ticket', async () => Date.now() / 1000 > ticketEndsAt + 1);
      proxy.heal();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('mia'));
      expect(made).toBe(2);
    });

    it('[RENEW-1] and a renewal that is under way when the account is switched: the second user never gets the ticket of the first', async ({
      expect,
      stage,
    }) => {
      let bring: (ticket: string) => void = () => undefined;
      const slow = new Promise<string>((resolve) => (bring = resolve));
      const makeTicket = async ({ userID, reason }: { userID: string; reason: string }) => {
        if (userID === 'nat' && reason === 'expiring') return slow;
        return stage.ticket(userID, userID === 'nat' ? 4 : 3600);
      };
      const { client } = await stage.place({ makeTicket });
      await client.call('login', { userID: 'nat' });
      await tells(client, 'userSigExpiring');
      await client.call('login', { userID: 'ola' });
      bring(stage.ticket('nat'));
      await client.call('query', ['ola']);
      await longerThanAnyWait();
      expect(told(client, 'error')).toEqual([]);
      expect(await stateOf(client)).toEqual(isIn('ola'));
    });

    it('[RENEW-1] and a renewal that spans a loss of the link: one ticket is asked for, and it is the one that holds', async ({
      expect,
      stage,
    }) => {
      let bring: (ticket: string) => void = () => undefined;
      const slow = new Promise<string>((resolve) => (bring = resolve));
      const reasons: string[] = [];
      const makeTicket = async ({ reason }: { readonly reason: string }) => {
        reasons.push(reason);
        return reason === 'login' ? stage.ticket('pia', 6) : slow;
      };
      const { client, proxy } = await stage.place({ makeTicket });
      await client.call('login', { userID: 'pia' });
      await tells(client, 'userSigExpiring');
      proxy.reset();
      await isBack(client);
      bring(stage.ticket('pia', 3600));
      await expect.poll(() => told(client, 'userSigExpired'), { timeout: 1000 }).toEqual([]);
      await client.call('query', ['pia']);
      await longerThanAnyWait();
      expect(reasons).toEqual(['login', 'expiring']);
      expect(told(client, 'error')).toEqual([]);
    });
  });
}
