import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinal } from '../../protocol/codes.ts';
import { Deployment, type Member } from '../support/deployment.ts';
import type { FrameClientOptions } from '../support/frame-client.ts';
import { kinds } from '../transport/harness.ts';

const encodings: readonly FrameClientOptions[] = [{ encoding: 'msgpack' }, { encoding: 'json' }];

describe.each(kinds)('two nodes on one Redis, on %s', (transport) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({ flags: ['--transport', transport] });
  });
  afterAll(() => deployment?.stop());

  /** A renewal is the shortest proof that a session is alive. */
  const renewal = async ({ client, login }: Member): Promise<string> => {
    const userSig = deployment.ticket(login.userId);
    return (await client.request({ name: 'renew', userSig })).name;
  };

  describe.each(encodings)('speaking $encoding', (options) => {
    const user = (name: string): string => `${name}-${options.encoding}`;
    const join = (
      node: 'a' | 'b',
      name: string,
      fields: Partial<Member['login']> = {},
    ): Promise<Member> => deployment.member(deployment[node], user(name), fields, options);

    it('[FRAME-3, FRAME-9, LOGIN-1] let in a user nobody knows, and tell the time', async () => {
      const client = await deployment.connect(deployment.a, options);
      const userSig = deployment.ticket(user('newcomer'), { expireS: 1000 });
      const before = Math.floor(Date.now() / 1000);
      const reply = await client.login(deployment.loginOf(user('newcomer'), { userSig }));
      expect(reply).toMatchObject({ name: 'loggedIn', seq: 1, repeatLogin: false });
      if (reply.name !== 'loggedIn') return;
      expect(reply.serverTime).toBeGreaterThanOrEqual(before);
      expect(reply.serverTime).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
      expect(reply.ticketEndsAt - before).toBeGreaterThanOrEqual(999);
      expect(reply.ticketEndsAt - before).toBeLessThanOrEqual(1000);
      expect(await deployment.registered(user('newcomer'))).toEqual([reply.sessionId]);
    });

    it('[LOGIN-2] have ended what a login pushed out when they acknowledge it', async () => {
      const first = await join('a', 'alice');
      const second = await join('b', 'alice');
      expect(await deployment.registered(user('alice'))).toEqual([second.session.sessionId]);
      expect(await first.client.closed()).toBe(4500);
    });

    it('[KICK-1, KICK-2, CLOSE-1] [4500] kick a web page for another, with the reason and a final code', async () => {
      const first = await join('a', 'bob');
      const second = await join('b', 'bob');
      const kick = await first.client.next('kicked');
      expect(kick).toMatchObject({ seq: 0, code: 6208, kickType: 'multipleAccount' });
      expect(kick).toMatchObject({ byPlatform: 'web', byInstanceId: second.login.instanceId });
      expect(kick.kickedAt).toBeGreaterThanOrEqual(first.session.serverTime);
      expect(kick.kickedAt).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
      const code = await first.client.closed();
      expect(code).toBe(4500);
      expect(isFinal(code)).toBe(true);
      expect(await renewal(second)).toBe('renewed');
    });

    it('[KICK-2] kick a phone for another and leave web and desktop alone', async () => {
      const web = await join('a', 'carol');
      const desktop = await join('b', 'carol', { platform: 'linux' });
      const phone = await join('a', 'carol', { platform: 'ios' });
      const other = await join('b', 'carol', { platform: 'android' });
      expect(await phone.client.next('kicked')).toMatchObject({
        kickType: 'multipleDevice',
        byPlatform: 'android',
        byInstanceId: other.login.instanceId,
      });
      expect(await phone.client.closed()).toBe(4500);
      for (const member of [web, desktop, other]) expect(await renewal(member)).toBe('renewed');
      expect(await deployment.registered(user('carol'))).toHaveLength(3);
    });

    it('[LOGIN-6] [4501] close the older connection of an instance that came back elsewhere, without a kick', async () => {
      const older = await join('a', 'dave');
      const newer = await join('b', 'dave', { instanceId: older.login.instanceId });
      const code = await older.client.closed();
      expect(code).toBe(4501);
      expect(isFinal(code)).toBe(true);
      expect(older.client.unread).toEqual([]);
      expect(await deployment.registered(user('dave'))).toEqual([newer.session.sessionId]);
    });

    it('[LOGIN-4] keep the session of a login that is repeated', async () => {
      const { client, login, session } = await join('a', 'erin');
      const userSig = deployment.ticket(user('erin'), { expireS: 7200 });
      const reply = await client.login({ ...login, userSig });
      expect(reply).toMatchObject({ repeatLogin: true, sessionId: session.sessionId });
      expect(reply).not.toMatchObject({ ticketEndsAt: session.ticketEndsAt });
      expect(await deployment.registered(user('erin'))).toEqual([session.sessionId]);
    });

    it('[SWITCH-1, SWITCH-2] switch the account for a good ticket only', async () => {
      const { client, login } = await join('a', 'frank');
      const next = { ...login, userId: user('grace') };
      expect(await client.login(next)).toMatchObject({ name: 'failed', code: 70013 });
      expect(await deployment.registered(user('frank'))).toHaveLength(1);
      const userSig = deployment.ticket(user('grace'));
      expect(await client.login({ ...next, userSig })).toMatchObject({ repeatLogin: false });
      expect(await deployment.registered(user('frank'))).toEqual([]);
      expect(await deployment.registered(user('grace'))).toHaveLength(1);
    });

    it('[LOGOUT-1, LOGOUT-2, LOGIN-7] [6014] log out, answer so after that, and let in again', async () => {
      const { client, login } = await join('b', 'heidi');
      expect((await client.request({ name: 'logout' })).name).toBe('loggedOut');
      expect(await deployment.registered(user('heidi'))).toEqual([]);
      expect(await client.request({ name: 'logout' })).toMatchObject({ code: 6014 });
      const renew = { name: 'renew', userSig: login.userSig } as const;
      expect(await client.request(renew)).toMatchObject({ code: 6014 });
      expect(await client.login(login)).toMatchObject({ name: 'loggedIn', repeatLogin: false });
    });

    it('[KICK-6, KICK-7] [6208] tell an instance that returns by itself, and let its user return', async () => {
      const victim = await join('a', 'ivan', { platform: 'ios' });
      const winner = await join('b', 'ivan', { platform: 'android' });
      expect(await victim.client.closed()).toBe(4500);
      const { instanceId } = victim.login;

      const returning = await deployment.connect(deployment.b, options);
      const automatic = deployment.loginOf(user('ivan'), { ...victim.login, automatic: true });
      expect(await returning.login(automatic)).toMatchObject({ name: 'failed', code: 6208 });
      const kick = await returning.next('kicked');
      expect(kick).toMatchObject({ code: 6208, byInstanceId: winner.login.instanceId });
      expect(await returning.closed()).toBe(4500);
      expect(await renewal(winner)).toBe('renewed');

      const again = await join('a', 'ivan', { platform: 'ios', instanceId });
      expect(await winner.client.next('kicked')).toMatchObject({ byInstanceId: instanceId });
      again.client.cut();
      // The user's own login has cleared the record: the instance may come back by itself now.
      await join('b', 'ivan', { platform: 'ios', instanceId, automatic: true });
    });

    it('[FRAME-7] [6017, 7003, 7013] answer what they do not understand and stay', async () => {
      const { client, login } = await join('a', 'judy');
      const asks = (frame: unknown): void =>
        client.sendRaw(options.encoding === 'json' ? JSON.stringify(frame) : pack(frame));
      const cases = [
        [[31, 71], 7013],
        [[1, 72, 1, 'judy', 'sig', 'instance', 'toaster'], 6017],
        [[1, 73, 1, 'no user!', 'sig', 'instance', 'web'], 7003],
        [[3, 74], 6017],
      ] as const;
      for (const [frame, code] of cases) {
        asks(frame);
        expect(await client.next('failed')).toMatchObject({ seq: frame[1], code });
      }
      expect(await client.login(login)).toMatchObject({ repeatLogin: true });
    });
  });

  it('[KICK-1] kick across encodings', async () => {
    const binary = await deployment.member(deployment.a, 'mallory', {}, { encoding: 'msgpack' });
    const json = await deployment.member(deployment.b, 'mallory', {}, { encoding: 'json' });
    expect(await binary.client.closed()).toBe(4500);
    const again = await deployment.member(deployment.a, 'mallory');
    expect(await json.client.next('kicked')).toMatchObject({
      byInstanceId: again.login.instanceId,
    });
  });

  it('[KICK-3] hit nobody with a kick that names a session of the past', async () => {
    const { a, redis } = deployment;
    const first = await deployment.member(a, 'niaj');
    const { instanceId } = first.login;
    const second = await deployment.member(a, 'niaj', { instanceId });
    expect(await first.client.closed()).toBe(4501);
    const channel = `gatehouse:node:${String(a.ready['nodeId'])}`;
    const late = `kicked ${first.session.sessionId} multipleDevice ios somebody 1795408200 *`;
    expect(await redis.call('PUBLISH', channel, late)).toBe(1);
    expect(await redis.call('PUBLISH', channel, `replaced ${first.session.sessionId}`)).toBe(1);
    // Both came in order on one connection, so they have been dealt with when a third one is.
    const third = await deployment.member(a, 'niaj', { instanceId });
    expect(await second.client.closed()).toBe(4501);
    expect(second.client.unread).toEqual([]);
    expect(await renewal(third)).toBe('renewed');
  });
});

/** MessagePack of small arrays, numbers and texts. */
function pack(value: unknown): Uint8Array {
  if (typeof value === 'number') return Buffer.of(value);
  if (typeof value === 'string')
    return Buffer.concat([Buffer.of(0xa0 | value.length), Buffer.from(value)]);
  const items = value as readonly unknown[];
  return Buffer.concat([Buffer.of(0x90 | items.length), ...items.map(pack)]);
}
