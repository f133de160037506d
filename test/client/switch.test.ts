import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../client/index.ts';
import { longerThanAnyWait, quick, tells, told } from './client-stage.ts';
import { ScriptedStage } from './scripted-stage.ts';

const stage = ScriptedStage.use();

describe('a switch of the account', () => {
  it('[SWITCH-1] does not apply to the second user what the gateway still said to the first', async () => {
    stage.gateway.script = (visit) => {
      if (visit.login.userId === 'bob' && visit.number === 2) {
        visit.send({ name: 'ticketExpired', seq: 0, code: 6206, graceMs: 60_000 });
        visit.admit();
        visit.close(1011);
      } else visit.admit();
    };
    const client = await stage.member();
    await client.call('login', { userID: 'bob', userSig: 'ticket of bob' });
    expect(await tells(client, 'userSigExpired')).toMatchObject({ userID: 'alice' });
    await tells(client, 'connected', 3);
    expect(stage.gateway.visits.at(-1)?.login).toMatchObject({ userId: 'bob', automatic: true });
  });

  it('[KICK-5] in which the second user is kicked ends both, and the kick is hers', async () => {
    stage.gateway.script = (visit) => {
      if (visit.login.userId === 'alice') return visit.admit();
      visit.refuse(6208);
      visit.send({
        name: 'kicked',
        seq: 0,
        code: 6208,
        kickType: 'multipleDevice',
        byPlatform: 'ios',
        byInstanceId: 'phone',
        kickedAt: 7,
      });
      visit.close(4500);
    };
    const client = await stage.member();
    const login = client.call('login', { userID: 'bob', userSig: 'ticket of bob' });
    await expect(login).rejects.toMatchObject({ code: 6208 });
    expect(await tells(client, 'kickedOffline')).toMatchObject({ userID: 'bob' });
    await longerThanAnyWait();
    expect(await client.call('getLoginUser')).toBe('');
    expect(told(client, 'kickedOffline')).toHaveLength(1);
    expect(stage.gateway.visits).toHaveLength(2);
  });
});

describe('a logout', () => {
  it.each(['alice', 'bob'])(
    'by a listener who hears of the login of %s stops it at once',
    async (userID) => {
      const client = createClient({
        url: stage.gateway.url,
        sdkAppId: 1,
        WebSocket,
        timing: quick,
      });
      const connecting: number[] = [];
      const goodbyes: Promise<void>[] = [];
      if (userID === 'bob') await client.login({ userID: 'alice', userSig: 'ticket' });
      client.on('connecting', ({ attempt }) => connecting.push(attempt));
      client.on('loginStatusChanged', ({ status }) => {
        if (status === 'loggingIn') goodbyes.push(client.logout());
      });
      const tickets: string[] = [];
      const getTicket = async () => (tickets.push(userID), 'ticket');
      await expect(client.login({ userID, getTicket })).rejects.toMatchObject({ code: 6023 });
      await Promise.all(goodbyes);
      await longerThanAnyWait();
      expect([connecting, tickets]).toEqual([[], []]);
      expect(stage.gateway.visits.map(({ login }) => login.userId)).not.toContain('bob');
      client.destroy();
    },
  );
});

describe('a repeated login', () => {
  it('[RENEW-1] ends the renewal that was under way: its ticket would be the older one', async () => {
    stage.gateway.script = (visit) => {
      visit.admit();
      if (visit.number === 1) {
        visit.send({ name: 'ticketExpiring', seq: 0, ticketEndsAt: 9, leftMs: 1000 });
      }
    };
    let bring: (ticket: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (bring = resolve));
    const makeTicket = async ({ reason }: { readonly reason: string }) =>
      reason === 'login' ? 'first' : slow;
    const client = await stage.place({ makeTicket });
    await client.call('login', { userID: 'alice' });
    await tells(client, 'userSigExpiring');
    await client.call('login', { userID: 'alice', userSig: 'second' });
    bring('third');
    await longerThanAnyWait();
    expect(stage.gateway.requests.map(({ name }) => name)).not.toContain('renew');
  });
});
