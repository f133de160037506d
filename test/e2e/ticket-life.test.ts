import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Deployment, type Member } from '../support/deployment.ts';

const warnS = 2;
const graceS = 2;

describe.concurrent('a ticket whose user is online', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    const flags = ['--ticket-warn-s', String(warnS), '--ticket-grace-s', String(graceS)];
    deployment = await Deployment.start({ flags });
  });
  afterAll(() => deployment?.stop());

  const join = (userId: string, expireS: number): Promise<Member> =>
    deployment.member(deployment.a, userId, { userSig: deployment.ticket(userId, { expireS }) });
  const renew = (userId: string, expireS = 3): { name: 'renew'; userSig: string } => ({
    name: 'renew',
    userSig: deployment.ticket(userId, { expireS }),
  });

  it('[TICKET-5, TICKET-6, TICKET-7] [6206, 4502] is announced, ends with a frame and closes after the grace time', async () => {
    const { client, session } = await join('alice', 4);
    const { ticketEndsAt } = session;
    const warning = await client.next('ticketExpiring');
    expect(warning.ticketEndsAt).toBe(ticketEndsAt);
    expect(warning.leftMs).toBeGreaterThan(0);
    expect(warning.leftMs).toBeLessThanOrEqual(warnS * 1000);
    expect(await client.next('ticketExpired')).toMatchObject({ seq: 0, code: 6206, graceMs: 2000 });
    expect(Date.now()).toBeGreaterThanOrEqual(ticketEndsAt * 1000);
    expect(await deployment.registered('alice')).toEqual([session.sessionId]);
    expect(await client.closed()).toBe(4502);
    expect(Date.now()).toBeGreaterThanOrEqual((ticketEndsAt + graceS) * 1000);
    expect(client.unread).toEqual([]);
    await vi.waitFor(async () => expect(await deployment.registered('alice')).toEqual([]));
  });

  it('[RENEW-1] is renewed in place: same session, no end at the old time', async () => {
    const { client, session } = await join('bob', 3);
    await client.next('ticketExpiring');
    const reply = await client.request(renew('bob', 5));
    expect(reply).toMatchObject({ name: 'renewed' });
    const { ticketEndsAt } = await client.next('ticketExpiring');
    expect(ticketEndsAt).toBeGreaterThan(session.ticketEndsAt);
    expect(reply).toMatchObject({ ticketEndsAt });
    expect(client.unread).toEqual([]);
    expect(await deployment.registered('bob')).toEqual([session.sessionId]);
  });

  it('[RENEW-2] is renewed in the grace time, by a renewal and by a login', async () => {
    const { client, session, login } = await join('carol', 2);
    await client.next('ticketExpired');
    expect(await client.request(renew('carol', 2))).toMatchObject({ name: 'renewed' });
    await client.next('ticketExpired');
    const { userSig } = renew('carol', 60);
    expect(await client.login({ ...login, userSig })).toMatchObject({
      name: 'loggedIn',
      repeatLogin: true,
      sessionId: session.sessionId,
    });
    expect(await deployment.registered('carol')).toEqual([session.sessionId]);
  });

  it('[TICKET-2, TICKET-7] is not taken again once it has ended, not even in the second of its end', async () => {
    const { client, login } = await join('grace', 2);
    await client.next('ticketExpired');
    const reply = await client.request({ name: 'renew', userSig: login.userSig });
    expect(reply).toMatchObject({ name: 'failed', code: 70001 });
    expect(await client.login(login)).toMatchObject({ name: 'failed', code: 70001 });
    expect(await client.request(renew('grace'))).toMatchObject({ name: 'renewed' });
  });

  it('[RENEW-3] keeps its end when a renewal is refused', async () => {
    const { client, session } = await join('dave', 3);
    expect(await client.request(renew('somebody'))).toMatchObject({ code: 70013 });
    expect(await client.next('ticketExpiring')).toMatchObject({
      ticketEndsAt: session.ticketEndsAt,
    });
    await client.next('ticketExpired');
    expect(await client.request(renew('somebody'))).toMatchObject({ code: 70013 });
    expect(await client.closed()).toBe(4502);
  });

  it('[KICK-1] that has ended leaves a session that can be kicked and logged out', async () => {
    const kicked = await join('erin', 1);
    const leaving = await join('frank', 1);
    await Promise.all([kicked, leaving].map(({ client }) => client.next('ticketExpired')));
    expect(await leaving.client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
    const other = await deployment.member(deployment.b, 'erin');
    expect(await kicked.client.next('kicked')).toMatchObject({
      byInstanceId: other.login.instanceId,
    });
    expect(await kicked.client.closed()).toBe(4500);
    expect(await deployment.registered('frank')).toEqual([]);
  });
});
