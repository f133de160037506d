import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, otherApp } from '../support/deployment.ts';
import { callRest, type RestAnswer } from '../support/rest-client.ts';
import { callAsAdmin, otherAdmin, queryOf, registries, startSite } from './site.ts';

describe.each(registries)('accounts over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry);
  });
  afterAll(() => deployment?.stop());

  const call = (name: string, body: unknown): Promise<RestAnswer> =>
    callAsAdmin(deployment, deployment.a, `im_open_login_svc/${name}`, body);
  const check = async (...names: string[]): Promise<unknown[]> => {
    const CheckItem = names.map((UserID) => ({ UserID }));
    return (await call('account_check', { CheckItem }))['ResultItem'] as unknown[];
  };
  const statusOf = async (...names: string[]): Promise<string[]> =>
    ((await check(...names)) as { AccountStatus: string }[]).map((item) => item.AccountStatus);

  it('come with the first login, on whatever node', async () => {
    expect(await check('alice')).toEqual([
      { UserID: 'alice', ResultCode: 0, ResultInfo: '', AccountStatus: 'NotImported' },
    ]);
    const alice = await deployment.member(deployment.b, 'alice');
    expect(await check('alice')).toEqual([
      { UserID: 'alice', ResultCode: 0, ResultInfo: '', AccountStatus: 'Imported' },
    ]);
    await alice.client.request({ name: 'logout' });
    expect(await statusOf('alice')).toEqual(['Imported']);
  });

  it('do not come with a login that is refused', async () => {
    const client = await deployment.connect(deployment.b);
    const userSig = deployment.ticket('bob', { secret: 'canary-of-a-forger-0123456789' });
    expect((await client.login(deployment.loginOf('bob', { userSig }))).name).toBe('failed');
    expect(await statusOf('bob')).toEqual(['NotImported']);
  });

  it('come by an import, as often as one likes', async () => {
    const body = { UserID: 'carol', Nick: 'Carol', FaceUrl: 'https://chat.example/carol.png' };
    const ok = { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' };
    expect(await call('account_import', body)).toEqual(ok);
    expect(await call('account_import', body)).toEqual(ok);
    expect(await call('account_import', { Identifier: 'dave' })).toEqual(ok);
    expect(await statusOf('carol', 'dave')).toEqual(['Imported', 'Imported']);
  });

  it('come by the hundred, and names that can be none are told', async () => {
    const names = Array.from({ length: 98 }, (_, i) => `many-${i}`);
    const Accounts = [...names, { UserID: 'many-98', Nick: 'N' }, 'no user'];
    expect(await call('multiaccount_import', { Accounts })).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      FailAccounts: ['no user'],
    });
    expect(await statusOf(...names, 'many-98', 'many-99')).toEqual([
      ...names.map(() => 'Imported'),
      'Imported',
      'NotImported',
    ]);
  });

  it('are answered in the order of the question, names that are none and twins included', async () => {
    await call('account_import', { UserID: 'erin' });
    expect(await check('no user', 'erin', 'nobody', 'erin')).toMatchObject([
      { UserID: 'no user', ResultCode: 70402, AccountStatus: 'NotImported' },
      { UserID: 'erin', ResultCode: 0, AccountStatus: 'Imported' },
      { UserID: 'nobody', ResultCode: 0, AccountStatus: 'NotImported' },
      { UserID: 'erin', ResultCode: 0, AccountStatus: 'Imported' },
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('of %s are like any other', async (name) => {
    expect(await statusOf(name)).toEqual(['NotImported']);
    await call('account_import', { UserID: name });
    expect(await statusOf(name)).toEqual(['Imported']);
  });

  it('go when they are deleted, with sessions and tickets, and come back with a new login', async () => {
    const grace = await deployment.member(deployment.b, 'grace');
    await call('account_import', { UserID: 'heidi' });
    const items = ['grace', 'heidi', 'nobody', 'no user', 'grace'].map((UserID) => ({ UserID }));
    expect(await call('account_delete', { DeleteItem: items })).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      ResultItem: [
        { UserID: 'grace', ResultCode: 0, ResultInfo: '' },
        { UserID: 'heidi', ResultCode: 0, ResultInfo: '' },
        { UserID: 'nobody', ResultCode: 70107, ResultInfo: expect.stringContaining('no account') },
        { UserID: 'no user', ResultCode: 70402, ResultInfo: expect.stringContaining('shape') },
      ],
    });
    expect(await grace.client.next('kicked')).toMatchObject({ kickType: 'REST' });
    expect(await statusOf('grace', 'heidi')).toEqual(['NotImported', 'NotImported']);
    const client = await deployment.connect(deployment.b);
    const again = { ...grace.login, automatic: false };
    expect(await client.login(again)).toMatchObject({ name: 'failed', code: 70052 });
    expect(await statusOf('grace')).toEqual(['NotImported']);
    const userSig = deployment.ticket('grace', { expireS: 8888 });
    expect((await client.login({ ...again, userSig })).name).toBe('loggedIn');
    expect(await statusOf('grace')).toEqual(['Imported']);
  });

  it('are those of one app', async () => {
    await call('account_import', { UserID: 'frank' });
    const query = queryOf(deployment, {
      sdkappid: String(otherApp.sdkAppId),
      identifier: otherAdmin,
      usersig: deployment.ticket(otherAdmin, otherApp),
    });
    const path = 'im_open_login_svc/account_check';
    const body = { CheckItem: [{ UserID: 'frank' }] };
    expect(await callRest(deployment.a, { path, query, body })).toMatchObject({
      ResultItem: [{ AccountStatus: 'NotImported' }],
    });
  });
});
