import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type Deployment, type Member, otherApp } from '../support/deployment.ts';
import type { RestAnswer } from '../support/rest-client.ts';
import { until } from '../support/until.ts';
import { callAsAdmin, registries, startSite } from './site.ts';

const importOne = 'im_open_login_svc/account_import';

describe.each(registries)('the online status over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry, { policy: 'multi', limits: { web: 2 } });
  });
  afterAll(() => deployment?.stop());

  const query = (To_Account: string[], flags: object = {}): Promise<RestAnswer> =>
    callAsAdmin(deployment, deployment.a, 'openim/query_online_status', { To_Account, ...flags });
  const resultOf = async (userId: string, flags: object = {}): Promise<unknown> =>
    ((await query([userId], flags))['QueryResult'] as unknown[])[0];
  const becomes = (userId: string, State: string): Promise<void> =>
    until(`${userId} to be ${State}`, async () => {
      const result = (await resultOf(userId)) as { State: string };
      return result.State === State;
    });
  const join = (userId: string, fields: Partial<Member['login']> = {}): Promise<Member> =>
    deployment.member(deployment.b, userId, fields);

  it('is Offline for whom nobody has seen, and unknown without an account', async () => {
    const names = ['nobody', '__proto__', 'constructor'];
    const ErrorList = names.map((To_Account) => ({ To_Account, ErrorCode: 70107 }));
    expect(await query(names)).toMatchObject({ ErrorCode: 70107, QueryResult: [], ErrorList });
    const Accounts = ['__proto__', 'constructor'];
    await callAsAdmin(deployment, deployment.b, 'im_open_login_svc/multiaccount_import', {
      Accounts,
    });
    expect(await query(names)).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      QueryResult: Accounts.map((To_Account) => ({
        To_Account,
        Status: 'Offline',
        State: 'Offline',
      })),
      ErrorList: ErrorList.slice(0, 1),
    });
  });

  it('follows logins and logouts on another node at once', async () => {
    const alice = await join('alice');
    expect(await resultOf('alice')).toEqual({
      To_Account: 'alice',
      Status: 'Online',
      State: 'Online',
    });
    await alice.client.request({ name: 'logout' });
    expect(await resultOf('alice')).toMatchObject({ Status: 'Offline' });
  });

  it('is PushOnline for a phone that lost its link, and Offline for a page', async () => {
    const phone = await join('bob', { platform: 'android' });
    const page = await join('carol');
    phone.client.cut();
    page.client.cut();
    await becomes('bob', 'PushOnline');
    await becomes('carol', 'Offline');
    expect(await resultOf('bob', { IsNeedDetail: 1 })).toMatchObject({ Detail: [] });
  });

  it('tells platforms in the words of this API, each once', async () => {
    const words = {
      web: 'Web',
      android: 'Android',
      ios: 'iPhone',
      ipad: 'iPad',
      windows: 'PC',
      mac: 'Mac',
      linux: 'Linux',
    } as const;
    const platforms = Object.keys(words) as (keyof typeof words)[];
    await Promise.all(platforms.map((platform) => join('dave', { platform })));
    await join('dave', { platform: 'web' });
    expect(await resultOf('dave', { IsNeedDetail: 1 })).toEqual({
      To_Account: 'dave',
      Status: 'Online',
      State: 'Online',
      Detail: Object.values(words).map((Platform) => ({ Platform, Status: 'Online' })),
    });
  });

  it('tells instances, newest first, when asked for them', async () => {
    const older = await join('erin', { platform: 'ios' });
    const newer = await join('erin', { platform: 'web' });
    expect(await resultOf('erin', { IsNeedDetail: 1, IsReturnInstid: 1 })).toMatchObject({
      Detail: [
        { Platform: 'Web', Status: 'Online', Instid: newer.login.instanceId },
        { Platform: 'iPhone', Status: 'Online', Instid: older.login.instanceId },
      ],
    });
    await older.client.request({ name: 'logout' });
    await newer.client.request({ name: 'logout' });
    expect(await resultOf('erin', { IsReturnInstid: 1 })).toMatchObject({ Detail: [] });
  });

  it('tells the custom status when asked for it', async () => {
    const frank = await join('frank');
    await frank.client.request({ name: 'setStatus', customStatus: 'à table' });
    expect(await resultOf('frank', { IsReturnCustomStatus: 1 })).toMatchObject({
      CustomStatus: 'à table',
    });
    expect(await resultOf('frank', { IsReturnCustomStatus: 0 })).not.toHaveProperty('CustomStatus');
  });

  it('names who has no account beside the others, and each user once', async () => {
    await join('grace');
    const odd = 'gr\u{20}ace\ud800';
    expect(await query([odd, 'grace', 'nobody', 'grace', odd])).toMatchObject({
      ErrorCode: 0,
      QueryResult: [{ To_Account: 'grace' }],
      ErrorList: [
        { To_Account: odd, ErrorCode: 70107 },
        { To_Account: 'nobody', ErrorCode: 70107 },
      ],
    });
  });

  it('is told for 500 users in one call, in their order', async () => {
    const online = new Set(['user-3', 'user-77', 'user-499']);
    await Promise.all([...online].map((userId) => join(userId)));
    const names = Array.from({ length: 500 }, (_, i) => `user-${i}`);
    for (let i = 0; i < 500; i += 100) {
      const Accounts = names.slice(i, i + 100);
      await callAsAdmin(deployment, deployment.b, 'im_open_login_svc/multiaccount_import', {
        Accounts,
      });
    }
    const { QueryResult } = await query(names);
    expect(QueryResult).toEqual(
      names.map((To_Account) => {
        const State = online.has(To_Account) ? 'Online' : 'Offline';
        return { To_Account, Status: State, State };
      }),
    );
  });

  it('is the same under the older name of the command', async () => {
    await Promise.all([
      join('ivan'),
      callAsAdmin(deployment, deployment.b, importOne, { UserID: 'judy' }),
    ]);
    const body = { To_Account: ['ivan', 'judy'], IsNeedDetail: 1 };
    const [today, older] = await Promise.all(
      ['openim/query_online_status', 'openim/querystate'].map((path) =>
        callAsAdmin(deployment, deployment.a, path, body),
      ),
    );
    expect(older).toEqual(today);
  });

  it('is that of the app which asks', async () => {
    const login = { ...otherApp, userSig: deployment.ticket('kim', otherApp) };
    await join('kim', { sdkAppId: login.sdkAppId, userSig: login.userSig });
    expect(app.sdkAppId).not.toBe(login.sdkAppId);
    expect(await query(['kim'])).toMatchObject({ ErrorCode: 70107 });
    await callAsAdmin(deployment, deployment.b, importOne, { UserID: 'kim' });
    expect(await resultOf('kim')).toMatchObject({ State: 'Offline' });
  });
});
