import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type Deployment, otherApp } from '../support/deployment.ts';
import { callRest } from '../support/rest-client.ts';
import { callAsAdmin, otherAdmin, queryOf, registries, startSite } from './site.ts';

const path = 'openconfigsvr/getappinfo';

type Day = Readonly<Record<string, string>>;

describe.each(registries)('the numbers of an app over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry);
  });
  afterAll(() => deployment?.stop());

  const daysOf = async (body: unknown = {}): Promise<readonly Day[]> =>
    (await callAsAdmin(deployment, deployment.a, path, body))['Result'] as Day[];

  /** Those of today: of the first two days, as it may have become midnight since. */
  async function numbers(): Promise<readonly number[]> {
    const days = await daysOf();
    const sum = (name: string) => Number(days[0]?.[name]) + Number(days[1]?.[name]);
    return [
      sum('ActiveUserNum'),
      sum('RegistUserNumOneDay'),
      Number(days[0]?.['RegistUserNumTotal']),
    ];
  }

  it('are those of 30 days, today first, as texts', async () => {
    const days = await daysOf();
    expect(days).toHaveLength(30);
    expect(Object.values(days[0] ?? {}).every((value) => /^\d+$/.test(value))).toBe(true);
    const dates = days.map((day) => day['Date'] ?? '');
    expect(dates).toEqual([...dates].sort().reverse());
    expect(new Set(dates).size).toBe(30);
    const now = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    expect(Math.abs(Number(now) - Number(dates[0]))).toBeLessThanOrEqual(1);
    expect(days[0]?.['AppId']).toBe(String(app.sdkAppId));
  });

  it('count who is active once, and who signs up', async () => {
    expect(await numbers()).toEqual([0, 0, 0]);
    const alice = await deployment.member(deployment.b, 'alice');
    await alice.client.request({ name: 'logout' });
    await deployment.member(deployment.a, 'alice');
    expect(await numbers()).toEqual([1, 1, 1]);
    await callAsAdmin(deployment, deployment.b, 'im_open_login_svc/account_import', {
      UserID: 'bob',
    });
    expect(await numbers()).toEqual([1, 2, 2]);
    await deployment.member(deployment.b, 'bob');
    expect(await numbers()).toEqual([2, 2, 2]);
    const DeleteItem = [{ UserID: 'bob' }];
    await callAsAdmin(deployment, deployment.a, 'im_open_login_svc/account_delete', { DeleteItem });
    expect(await numbers()).toEqual([2, 2, 1]);
  });

  it('count logins and the most sessions at a time, over both nodes', async () => {
    const fresh = await startSite(registry);
    const numbersOf = async (): Promise<readonly number[]> => {
      const answer = await callAsAdmin(fresh, fresh.a, path, {});
      const two = (answer['Result'] as Day[]).slice(0, 2);
      const of = (name: string) => two.map((day) => Number(day[name]));
      return [of('LoginTimes').reduce((sum, n) => sum + n, 0), Math.max(...of('MaxOnlineNum'))];
    };
    try {
      const nora = await fresh.member(fresh.a, 'nora');
      await fresh.member(fresh.b, 'omar');
      await fresh.member(fresh.b, 'pia');
      await expect.poll(numbersOf).toEqual([3, 3]);
      await nora.client.request({ name: 'logout' });
      await fresh.member(fresh.a, 'nora');
      await expect.poll(numbersOf).toEqual([4, 3]);
    } finally {
      await fresh.stop();
    }
  });

  it('are the wanted ones only, when some are named', async () => {
    const [today] = await daysOf({ RequestField: ['LoginUserNum', 'GroupUpMsgNum'] });
    expect(Object.keys(today ?? {})).toEqual(['AppId', 'Date', 'LoginUserNum']);
    const answer = await callAsAdmin(deployment, deployment.a, path, {
      RequestField: 'LoginUserNum',
    });
    expect(answer).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: 70402 });
  });

  it('are those of the app of the admin', async () => {
    const identifier = otherAdmin;
    const usersig = deployment.ticket(identifier, otherApp);
    const query = queryOf(deployment, { sdkappid: String(otherApp.sdkAppId), identifier, usersig });
    const answer = await callRest(deployment.a, { path, query, body: {} });
    const days = answer['Result'] as Day[];
    expect(days.map((day) => day['ActiveUserNum'])).toEqual(days.map(() => '0'));
  });
});
