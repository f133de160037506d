import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerCodes } from '../../protocol/codes.ts';
import { app, Deployment, otherApp } from '../support/deployment.ts';
import { officialTicket } from '../support/official-ticket.ts';
import { pack, unpack } from '../ticket/official.ts';

const strange = { sdkAppId: 1_400_009_999, secret: 'key-of-an-app-that-is-not-served' };
const nowS = (): number => Math.floor(Date.now() / 1000);

/** A good ticket with one field of its document taken out. */
function without(field: string, userSig: string): string {
  const document = JSON.parse(unpack(userSig)) as Record<string, unknown>;
  delete document[field];
  return pack(JSON.stringify(document));
}

describe('a ticket', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({ nodes: 1 });
  });
  afterAll(() => deployment?.stop());

  const ticket: Deployment['ticket'] = (...order) => deployment.ticket(...order);
  const reply = async (
    userId: string,
    userSig: string,
    sdkAppId = app.sdkAppId,
  ): Promise<object> => {
    const client = await deployment.connect(deployment.a);
    return client.login(deployment.loginOf(userId, { userSig, sdkAppId }));
  };

  it.each([
    ['[TICKET-1] [70002] that is empty', 70002, () => ''],
    ['[TICKET-1] [70003] that is no container', 70003, () => 'eJ-not-a-ticket'],
    ['[TICKET-1] that is cut off', 70003, () => ticket('alice').slice(0, -24)],
    ['[TICKET-1] [70005] without its time', 70005, () => without('TLS.time', ticket('alice'))],
    ['[TICKET-1] [70009] of another key', 70009, () => ticket('alice', { secret: 'another' })],
    [
      '[TICKET-1] of another key, ended, of another user',
      70009,
      () => ticket('bob', { secret: 'another', issuedAt: nowS() - 900, expireS: 60 }),
    ],
    ['[TICKET-2] [70014] of another app that is served', 70014, () => ticket('alice', otherApp)],
    ['[TICKET-2] [70013] of another user', 70013, () => ticket('bob')],
    ['[TICKET-2] [70052] from the future', 70052, () => ticket('alice', { issuedAt: nowS() + 90 })],
    [
      '[TICKET-2] [70001] that has ended',
      70001,
      () => ticket('alice', { issuedAt: nowS() - 90, expireS: 60 }),
    ],
  ])('%s gets %i', async (_, code, userSig) => {
    expect(await reply('alice', userSig())).toMatchObject({
      name: 'failed',
      code,
      retryAfterMs: 0,
    });
  });

  it('[TICKET-1] [70020] of an app that is not served is refused', async () => {
    const userSig = officialTicket({ ...strange, userId: 'alice' });
    expect(await reply('alice', userSig, strange.sdkAppId)).toMatchObject({ code: 70020 });
  });

  it('[TICKET-2] from a clock that is a little ahead is good', async () => {
    const userSig = ticket('alice', { issuedAt: nowS() + 20 });
    expect(await reply('alice', userSig)).toMatchObject({ name: 'loggedIn' });
  });

  it('[TICKET-2] is good in its own app, which has users of its own', async () => {
    const userSig = ticket('alice', otherApp);
    const first = await deployment.member(deployment.a, 'alice');
    expect(await reply('alice', userSig, otherApp.sdkAppId)).toMatchObject({ name: 'loggedIn' });
    expect(await first.client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
  });

  it('[TICKET-4] [70050, 4504] that is refused leaves the connection as it was; the fifth in a row ends it', async () => {
    const client = await deployment.connect(deployment.a);
    const login = deployment.loginOf('carol');
    const bad = { ...login, userSig: ticket('dave') };
    for (let i = 0; i < 4; i++) expect(await client.login(bad)).toMatchObject({ code: 70013 });
    const good = await client.login(login);
    expect(good).toMatchObject({ name: 'loggedIn' });
    for (let i = 0; i < 4; i++) expect(await client.login(bad)).toMatchObject({ code: 70013 });
    expect(await client.login(login)).toMatchObject({ repeatLogin: true });
    const renew = { name: 'renew', userSig: 'rubbish' } as const;
    for (let i = 0; i < 9; i++) expect(await client.request(renew)).toMatchObject({ code: 70003 });
    for (let i = 0; i < 4; i++) expect(await client.login(bad)).toMatchObject({ code: 70013 });
    expect(await client.login(bad)).toMatchObject({ code: 70050 });
    expect(await client.closed()).toBe(4504);
    await expect.poll(() => deployment.registered('carol')).toEqual([]);
  });

  it('[CLOSE-3] justifies a login by itself with a new one for two codes only', () => {
    const entries = Object.values(answerCodes).filter(({ retry }) => retry === 'newTicket');
    expect(entries.map(({ code }) => code)).toEqual([6206, 70001]);
  });
});
