import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type Deployment, otherApp } from '../support/deployment.ts';
import { callRest, type RestAnswer } from '../support/rest-client.ts';
import { until } from '../support/until.ts';
import { callAsAdmin, otherAdmin, queryOf, registries, startSite } from './site.ts';

const text = (Text: string) => [{ MsgType: 'TIMTextElem', MsgContent: { Text } }];
const nowS = (): number => Math.floor(Date.now() / 1000);

describe.each(registries)('messages over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry, { policy: 'multi' });
  });
  afterAll(() => deployment?.stop());

  const send = (fields: object): Promise<RestAnswer> =>
    callAsAdmin(deployment, deployment.a, 'openim/sendmsg', {
      MsgLifeTime: 0,
      MsgRandom: 7,
      MsgBody: text('hi'),
      ...fields,
    });
  const isStillThere = async (userId: string): Promise<void> => {
    await callAsAdmin(deployment, deployment.a, 'openim/sendmsg', {
      To_Account: userId,
      MsgLifeTime: 0,
      MsgRandom: 1,
      MsgBody: text('marker'),
    });
  };

  it('reach every session of the user on every node, with all that was said', async () => {
    const phone = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    const page = await deployment.member(deployment.b, 'alice');
    const MsgBody = [...text('grüße 🐙'), { MsgType: 'TIMCustomElem', MsgContent: { Data: '{}' } }];
    const answer = await send({
      To_Account: 'alice',
      From_Account: 'bob',
      MsgSeq: 93,
      MsgRandom: 4_294_967_295,
      MsgTimeStamp: nowS(),
      MsgBody,
      CloudCustomData: 'x',
      OfflinePushInfo: { PushFlag: 0 },
    });
    const { MsgTime } = answer;
    expect(answer).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      MsgTime,
      MsgKey: `93_4294967295_${String(MsgTime)}`,
      SessionsReached: 2,
    });
    expect(Math.abs(nowS() - Number(MsgTime))).toBeLessThan(10);
    for (const { client } of [phone, page]) {
      const push = await client.next('push');
      expect(push).toMatchObject({ sender: 'bob', topic: 'C2C', toEverybody: false });
      expect(JSON.parse(push.body)).toEqual({
        From_Account: 'bob',
        To_Account: 'alice',
        MsgSeq: 93,
        MsgRandom: 4_294_967_295,
        MsgTime,
        MsgKey: answer['MsgKey'],
        MsgBody,
        CloudCustomData: 'x',
      });
    }
  });

  it('come from the admin where no other sender is named', async () => {
    const { client } = await deployment.member(deployment.b, 'carl');
    const answer = await send({ To_Account: 'carl' });
    expect(answer['MsgKey']).toMatch(/^\d+_7_\d{10}$/);
    expect(await client.next('push')).toMatchObject({ sender: 'administrator' });
  });

  it('come to the sender too where that is asked for', async () => {
    const from = await deployment.member(deployment.b, 'dina');
    const to = await deployment.member(deployment.a, 'emil');
    for (const SyncOtherMachine of [2, 1]) {
      const fields = { SyncOtherMachine, MsgBody: text(`sync ${SyncOtherMachine}`) };
      await send({ From_Account: 'dina', To_Account: 'emil', ...fields });
    }
    const first = await from.client.next('push');
    expect(first.body).toContain('sync 1');
    expect((await to.client.next('push')).body).toContain('sync 2');
    expect((await to.client.next('push')).body).toBe(first.body);
  });

  it('reach nobody of a user who is away, and are refused for one who never was', async () => {
    const { client } = await deployment.member(deployment.b, 'fred');
    await client.request({ name: 'logout' });
    expect(await send({ To_Account: 'fred' })).toMatchObject({ ErrorCode: 0, SessionsReached: 0 });
    for (const To_Account of ['nobody', 'no user', '__proto__']) {
      expect(await send({ To_Account })).toMatchObject({ ErrorCode: 90_012 });
    }
  });

  it('are never said to be stored', async () => {
    await deployment.member(deployment.b, 'gina');
    const refusal = await send({ To_Account: 'gina', MsgLifeTime: undefined });
    expect(refusal).toMatchObject({ ErrorCode: 90_026 });
    expect(refusal.ErrorInfo).toContain('MsgLifeTime must be 0');
  });

  it('of the largest size arrive, and no larger ones', async () => {
    const { client } = await deployment.member(deployment.b, 'hugo');
    const plain = (length: number) =>
      send({ To_Account: 'hugo', MsgBody: text('x'.repeat(length)) });
    expect(await plain(12_000)).toMatchObject({ ErrorCode: 0 });
    expect((await client.next('push')).body.length).toBeGreaterThan(12_000);
    expect(await plain(12_288)).toMatchObject({ ErrorCode: 93_000 });
    // In JSON each of these takes two places.
    const quotes = '"'.repeat(5000);
    expect(await send({ To_Account: 'hugo', MsgBody: text(quotes) })).toMatchObject({
      ErrorCode: 93_000,
    });
    await isStillThere('hugo');
    expect((await client.next('push')).body).toContain('marker');
  });

  it('of one app are nothing to another', async () => {
    const userSig = deployment.ticket('ines', otherApp);
    const fields = { sdkAppId: otherApp.sdkAppId, userSig };
    const elsewhere = await deployment.member(deployment.b, 'ines', fields);
    const here = await deployment.member(deployment.b, 'ines');
    expect(await send({ To_Account: 'ines' })).toMatchObject({ SessionsReached: 1 });
    await here.client.next('push');
    await elsewhere.client.request({ name: 'logout' });
    expect(elsewhere.client.unread).toEqual([]);
  });
});

describe.each(registries)('messages to everybody over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry);
  });
  afterAll(() => deployment?.stop());

  let randoms = 0;
  const push = (fields: object, node = deployment.a): Promise<RestAnswer> =>
    callAsAdmin(deployment, node, 'all_member_push/im_push', {
      MsgRandom: (randoms += 1),
      MsgBody: text('hi'),
      ...fields,
    });

  it('[PUSH-5] reach who is online in the app on every node; once, a second apart, and by each random once', async () => {
    const userSig = deployment.ticket('alice', otherApp);
    const fields = { sdkAppId: otherApp.sdkAppId, userSig };
    const elsewhere = await deployment.member(deployment.b, 'alice', fields);
    const alice = await deployment.member(deployment.a, 'alice');
    const bob = await deployment.member(deployment.b, 'bob', { platform: 'ios' });
    const task = { From_Account: 'news', MsgRandom: 4711, MsgBody: text('all') };
    const answer = await push(task);
    expect(answer).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      TaskId: expect.stringMatching(new RegExp(`^${app.sdkAppId}_\\d{16}_4711$`)) as string,
      NodesReached: registry === 'redis' ? 2 : 1,
    });
    for (const { client } of [alice, bob]) {
      const frame = await client.next('push');
      expect(frame).toMatchObject({ toEverybody: true, sender: 'news', topic: 'everybody' });
      expect(JSON.parse(frame.body)).toMatchObject({ From_Account: 'news', MsgBody: text('all') });
    }
    expect(await push({}, deployment.b)).toMatchObject({ ErrorCode: 90_024 });
    // Who repeats a call whose answer got lost does not push twice.
    const again = await push(task, deployment.b);
    expect(again).toMatchObject({ ErrorCode: 0, TaskId: answer['TaskId'], NodesReached: 0 });
    const query = queryOf(deployment, {
      sdkappid: String(otherApp.sdkAppId),
      identifier: otherAdmin,
      usersig: deployment.ticket(otherAdmin, otherApp),
    });
    const path = 'all_member_push/im_push';
    const body = { ...task, MsgBody: text('others') };
    expect(await callRest(deployment.b, { path, query, body })).toMatchObject({ ErrorCode: 0 });
    expect((await elsewhere.client.next('push')).body).toContain('others');
    for (const { client } of [alice, bob]) {
      await client.request({ name: 'logout' });
      expect(client.unread).toEqual([]);
    }
  });
});

describe('the quota of pushes to everybody', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite('redis');
  });
  afterAll(() => deployment?.stop());

  it('[PUSH-5] is 100 in a day, over all nodes', async () => {
    // As if so many had been sent since midnight; the test may run just after it.
    const midnightS = Math.floor(nowS() / 86_400) * 86_400;
    const key = `gatehouse:tasks:{gatehouse:nodes}:${app.sdkAppId}`;
    const marks = Array.from({ length: 99 }, (_, i) => [String(midnightS * 1e6 + i), `old-${i}`]);
    await deployment.redis.call('ZADD', key, ...marks.flat());
    const push = async (MsgRandom: number, node = deployment.b): Promise<number> => {
      const body = { MsgRandom, MsgBody: text('hi') };
      return (await callAsAdmin(deployment, node, 'all_member_push/im_push', body)).ErrorCode;
    };
    expect(await push(1)).toBe(0);
    // Within its second it is too soon first of all.
    const isOver = async (): Promise<boolean> => (await push(2, deployment.a)) !== 90_024;
    await until('the second to be over', isOver);
    expect(await push(2)).toBe(90_047);
    expect(await push(1)).toBe(0);
  });
});
