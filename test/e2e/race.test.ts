import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms } from '../../protocol/platforms.ts';
import { Deployment } from '../support/deployment.ts';
import type { FrameClient } from '../support/frame-client.ts';

const rounds = 40;
const racers = 8;

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** One of several, by chance. */
function oneOf<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)] as T;
}

describe('many logins of one user at once, on two nodes under the policy single', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    // A cut link would keep its session for a return, and longer than these tests wait.
    const flags = ['--policy', 'single', '--presence-hold-s', '0'];
    deployment = await Deployment.start({ flags });
  });
  afterAll(() => deployment?.stop());

  const connectAll = (): Promise<FrameClient[]> =>
    Promise.all(
      times(racers, (i) => deployment.connect(i % 2 === 0 ? deployment.a : deployment.b)),
    );
  const isAlive = async (client: FrameClient | undefined, userId: string): Promise<void> => {
    const reply = await client?.request({ name: 'renew', userSig: deployment.ticket(userId) });
    expect(reply).toMatchObject({ name: 'renewed' });
  };

  it('[LOGIN-5, KICK-1, KICK-5] leave exactly one session, the newest, and tell every other one', async () => {
    for (let round = 0; round < rounds; round++) {
      const userId = `racer-${round}`;
      const clients = await connectAll();
      const replies = await Promise.all(
        clients.map((client, i) => {
          const instanceId = `instance-${i}`;
          return client.login(
            deployment.loginOf(userId, { instanceId, platform: oneOf(platforms) }),
          );
        }),
      );

      const records = await deployment.records(userId);
      expect(records).toMatchObject([{ isNewest: true }]);
      const winner = replies.findIndex(
        (reply) => reply.name === 'loggedIn' && reply.sessionId === records[0]?.sessionId,
      );
      expect(winner).toBeGreaterThanOrEqual(0);

      const kickedBy = new Map<string, string>();
      for (const [i, client] of clients.entries()) {
        if (i === winner) continue;
        // A kick may overtake the answer to its victim's own login.
        const outcome = replies[i]?.name === 'loggedIn' ? {} : { name: 'failed', code: 6208 };
        expect(replies[i]).toMatchObject(outcome);
        kickedBy.set(`instance-${i}`, (await client.next('kicked')).byInstanceId);
        expect(await client.closed()).toBe(4500);
        expect(client.unread).toEqual([]);
      }
      for (const loser of kickedBy.keys()) {
        expect(lastKicker(kickedBy, loser)).toBe(`instance-${winner}`);
      }
      await isAlive(clients[winner], userId);
      expect(clients[winner]?.unread).toEqual([]);
      clients[winner]?.close();
    }
  });

  it('[LOGIN-6] leave one connection of one instance and kick nobody', async () => {
    for (let round = 0; round < rounds; round++) {
      const userId = `twin-${round}`;
      const clients = await connectAll();
      const login = deployment.loginOf(userId, { instanceId: 'one-device' });
      const ends = await Promise.all(clients.map((client) => loginOrEnd(client, login)));
      const [sessionId] = await deployment.registered(userId);
      const winner = ends.indexOf(sessionId ?? '');
      expect(winner).toBeGreaterThanOrEqual(0);
      for (const [i, client] of clients.entries()) {
        if (i === winner) continue;
        expect(ends[i] === 4501 ? 4501 : await client.closed()).toBe(4501);
        expect(client.unread).toEqual([]);
      }
      await isAlive(clients[winner], userId);
      clients[winner]?.close();
    }
  });

  it('[LOGOUT-1, LOGOUT-3] leave nothing behind when logouts and closes race with them', async () => {
    for (let round = 0; round < rounds; round++) {
      const clients = await connectAll();
      for (const [i, client] of clients.entries()) {
        const instanceId = oneOf([`instance-${i}`, 'one-device']);
        const login = deployment.loginOf(`ghost-${round % 5}`, { instanceId });
        const [requests, end] = oneOf([
          [['login'], 'cut'],
          [['login', 'logout'], 'cut'],
          [['login', 'logout', 'login'], 'close'],
          [['login', 'login'], 'close'],
        ] as const);
        for (const name of requests) client.send(name === 'login' ? { name, ...login } : { name });
        if (Math.random() < 0.5) await client.arrival();
        client[end]();
      }
      await Promise.all(clients.map((client) => client.ended));
    }
    const users = times(5, (i) => `ghost-${i}`);
    for (const userId of users) {
      await expect.poll(() => deployment.registered(userId), { timeout: 5000 }).toEqual([]);
    }
  });

  it('have left no trace of any session in any index', async () => {
    // Sessions of the tests before may still be on their way out.
    await expect
      .poll(() => deployment.redis.call('KEYS', 'gatehouse:{*}:node:*'), { timeout: 5000 })
      .toEqual([]);
  });
});

/** Who kicks is newer than whom it kicks, so the way up from anybody has an end. */
function lastKicker(kickedBy: ReadonlyMap<string, string>, loser: string): string {
  let instance = loser;
  for (let steps = 0; steps < racers; steps++) instance = kickedBy.get(instance) ?? instance;
  return instance;
}

/** The sessionId of a login, or the code with which the connection ended before its answer. */
async function loginOrEnd(
  client: FrameClient,
  login: ReturnType<Deployment['loginOf']>,
): Promise<string | number> {
  client.send({ name: 'login', ...login });
  const arrival = await client.arrival();
  if (arrival.name === 'loggedIn') return arrival.sessionId;
  if (arrival.name === 'closed') return arrival.code;
  throw new Error(`unexpected: ${JSON.stringify(arrival)}`);
}
