import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, type Member, otherApp } from '../support/deployment.ts';
import type { RestAnswer } from '../support/rest-client.ts';
import { callAsAdmin, registries, startSite } from './site.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe.each(registries)('a kick over REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry, { policy: 'multi' });
  });
  afterAll(() => deployment?.stop());

  const kick = (body: unknown): Promise<RestAnswer> =>
    callAsAdmin(deployment, deployment.a, 'im_open_login_svc/kick', body);
  const kicked = async ({ client }: Member): Promise<void> => {
    expect(await client.next('kicked')).toMatchObject({ code: 6208, kickType: 'REST' });
    expect(await client.closed()).toBe(4500);
  };

  it('ends every session of the user on every node, and says which', async () => {
    const older = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    const newer = await deployment.member(deployment.b, 'alice');
    expect(await kick({ UserID: 'alice' })).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      KickedSessions: [
        {
          SessionId: newer.session.sessionId,
          Instid: newer.login.instanceId,
          Platform: 'Web',
          NodeId: deployment.b.ready['nodeId'],
        },
        {
          SessionId: older.session.sessionId,
          Instid: older.login.instanceId,
          Platform: 'iPhone',
          NodeId: deployment.a.ready['nodeId'],
        },
      ],
    });
    await Promise.all([kicked(older), kicked(newer)]);
  });

  it('kills the tickets there were, and none that is made after it', async () => {
    const old = await deployment.member(deployment.b, 'frank');
    const unused = deployment.ticket('frank', { expireS: 7777, issuedAt: nowS() - 10 });
    expect(await kick({ UserID: 'frank' })).toMatchObject({ ErrorCode: 0 });
    await kicked(old);
    const client = await deployment.connect(deployment.b);
    for (const userSig of [old.login.userSig, unused])
      expect(await client.login(deployment.loginOf('frank', { userSig }))).toMatchObject({
        name: 'failed',
        code: 70052,
      });
    // Of the same second, maybe; another life makes it another ticket.
    const userSig = deployment.ticket('frank', { expireS: 8888 });
    expect((await client.login(deployment.loginOf('frank', { userSig }))).name).toBe('loggedIn');
  });

  it('takes the name the user had in older calls', async () => {
    const bob = await deployment.member(deployment.b, 'bob');
    expect(await kick({ Identifier: 'bob' })).toMatchObject({ ErrorCode: 0 });
    await kicked(bob);
    expect(await kick({ UserID: 'bob', Identifier: 'bob' })).toMatchObject({ KickedSessions: [] });
  });

  it.each(['nobody', '__proto__', 'constructor'])('knows of no %s', async (UserID) => {
    expect(await kick({ UserID })).toMatchObject({ ErrorCode: 70107 });
  });

  it('leaves the user of the same name in another app alone', async () => {
    const userSig = deployment.ticket('carol', otherApp);
    const fields = { sdkAppId: otherApp.sdkAppId, userSig };
    const elsewhere = await deployment.member(deployment.b, 'carol', fields);
    const here = await deployment.member(deployment.b, 'carol');
    await kick({ UserID: 'carol' });
    await kicked(here);
    expect((await elsewhere.client.request({ name: 'logout' })).name).toBe('loggedOut');
  });

  it('of a key that stands twice in the body goes by the last one', async () => {
    const dave = await deployment.member(deployment.b, 'dave');
    const erin = await deployment.member(deployment.b, 'erin');
    await kick('{"UserID":"dave","UserID":"erin"}');
    await kicked(erin);
    expect((await dave.client.request({ name: 'logout' })).name).toBe('loggedOut');
  });
});
