import { describe, expect, it } from 'vitest';
import { longerThanAnyWait, tells, told } from './client-stage.ts';
import { ScriptedStage } from './scripted-stage.ts';

const stage = ScriptedStage.use();
const plain = ['gatehouse.v1.msgpack'];
const login = { userID: 'alice', userSig: 'ticket' };
const push = (number: number) =>
  ({
    name: 'push',
    seq: 0,
    number,
    toEverybody: false,
    sender: 'bob',
    topic: 't',
    body: String(number),
  }) as const;

/** How many names each connection has offered: one without a login, three with one. */
const offered = (): number[] => stage.gateway.offers.map(({ length }) => length);

/** How many requests of this name came, within handshakes or as messages. */
const requestsOf = (name: string): number =>
  stage.gateway.requests.filter((request) => request.name === name).length;

describe('a client that holds its ticket', () => {
  it('[CONN-10] logs in within the handshake, once', async () => {
    stage.gateway.handshakeLogin = 'taken';
    await stage.member();
    const [visit] = stage.gateway.visits;
    expect(visit?.login).toMatchObject({ seq: 1, userId: 'alice', userSig: 'ticket' });
    await longerThanAnyWait();
    expect(requestsOf('login')).toBe(1);
    expect(stage.gateway.offers[0]?.slice(0, 2)).toEqual([
      'gatehouse.v1.msgpack',
      'gatehouse.v1.msgpack+login',
    ]);
  });

  it('[CONN-10, PUSH-3] hears what comes right behind the answer, in order', async () => {
    stage.gateway.handshakeLogin = 'taken';
    stage.gateway.script = (visit) => {
      visit.admit();
      for (const number of [1, 2, 3]) visit.send(push(number));
    };
    const client = await stage.member();
    await tells(client, 'messageReceived', 3);
    expect(told(client, 'messageReceived').map(({ body }) => body)).toEqual(['1', '2', '3']);
  });

  it('[CONN-10, KICK-6] comes back so too, and hears why it may not', async () => {
    stage.gateway.handshakeLogin = 'taken';
    stage.gateway.script = (visit) => {
      if (visit.number === 1) {
        visit.admit();
        visit.close(1011);
        return;
      }
      visit.refuse(6208);
      visit.send({
        name: 'kicked',
        seq: 0,
        code: 6208,
        kickType: 'multipleDevice',
        byPlatform: 'ios',
        byInstanceId: 'other',
        kickedAt: 1,
      });
      visit.close(4500);
    };
    const client = await stage.member();
    expect(await tells(client, 'kickedOffline')).toMatchObject({ type: 'multipleDevice' });
    expect(stage.gateway.visits.map((visit) => visit.login.automatic)).toEqual([false, true]);
    expect(offered()).toEqual([3, 3]);
  });

  it('[CONN-10, CLOSE-3] sends a new ticket as a message where the first one has ended', async () => {
    stage.gateway.handshakeLogin = 'taken';
    stage.gateway.script = (visit) => {
      if (visit.number === 1) visit.refuse(70001);
      else visit.admit();
    };
    const client = await stage.place({ makeTicket: () => Promise.resolve('fresh') });
    await client.call('login', login);
    expect(stage.gateway.visits.map((visit) => visit.login.userSig)).toEqual(['ticket', 'fresh']);
    expect(stage.gateway.visits.map((visit) => visit.login.seq)).toEqual([1, 2]);
    expect(offered()).toEqual([3]);
  });

  it.each([4501, 4503])(
    '[CONN-10, CLOSE-1] stays away after close %i, which comes instead of the answer',
    async (code) => {
      stage.gateway.handshakeLogin = 'taken';
      stage.gateway.script = (visit) => visit.close(code);
      const client = await stage.place();
      await expect(client.call('login', login)).rejects.toMatchObject({ code });
      await longerThanAnyWait();
      expect(stage.gateway.visits).toHaveLength(1);
    },
  );

  it('[CONN-11] sends the login as a message where the gateway did not take it', async () => {
    await stage.member();
    expect(stage.gateway.visits).toMatchObject([{ login: { seq: 2, userSig: 'ticket' } }]);
    expect(offered()).toEqual([3]);
  });

  it('[CONN-11] offers no login that is too long', async () => {
    stage.gateway.handshakeLogin = 'taken';
    const client = await stage.place();
    await client.call('login', { ...login, userSig: 't'.repeat(1600) });
    expect(stage.gateway.offers).toEqual([plain]);
  });

  it('[CONN-11] offers none where the application does not want it', async () => {
    stage.gateway.handshakeLogin = 'taken';
    await stage.member({ handshakeLogin: false });
    expect(stage.gateway.offers).toEqual([plain]);
  });

  it('[CONN-11] goes without at once where something refuses the request with HTTP 431', async () => {
    stage.gateway.handshakeLogin = 'refused';
    const client = await stage.member();
    expect(offered()).toEqual([3, 1]);
    expect(told(client, 'connecting')).toHaveLength(1);
    stage.gateway.visits[0]?.close(1011);
    await tells(client, 'connected', 2);
    expect(offered()).toEqual([3, 1, 1]);
  });

  it('[CONN-11] goes without in the next try where something cuts the request, and so by turns', async () => {
    stage.gateway.handshakeLogin = 'cut';
    const client = await stage.member();
    expect(offered()).toEqual([3, 1]);
    stage.gateway.handshakeLogin = 'taken';
    stage.gateway.httpStatus = 503;
    stage.gateway.visits[0]?.close(1011);
    await expect.poll(() => offered().length).toBeGreaterThanOrEqual(6);
    expect(offered().slice(0, 6)).toEqual([3, 1, 1, 3, 1, 3]);
    stage.gateway.httpStatus = 0;
    await tells(client, 'connected', 2);
  });

  it('[CLOSE-4] is refused for good where it is refused without a login too', async () => {
    stage.gateway.httpStatus = 403;
    const client = await stage.place();
    await expect(client.call('login', login)).rejects.toMatchObject({ code: 9511 });
    expect(offered()).toEqual([3, 1]);
  });
});
