import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RegistryListener } from '../../gateway/registry/port.ts';
import { FaultProxy } from '../faults/proxy.ts';
import {
  freshUser,
  hears,
  inAnHour,
  isAudited,
  liveSessions,
  loginOf,
  register,
  ticketUntil,
  holdsNobody,
  watchesNobody,
} from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const listener: RegistryListener = {
  ...watchesNobody,
  kicked: () => undefined,
  replaced: () => undefined,
  held: holdsNobody,
};
const patient = { timeout: 10_000, interval: 10 };

describe('Redis registry under faults', () => {
  const fleet = new RedisFleet();
  let a: FleetNode;
  let b: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    a = await fleet.node({ commandTimeoutMs: 150 });
    b = await fleet.node();
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => fleet.stop());

  it('answers "unavailable" with a delay while Redis is stopped, and serves again after it', async () => {
    fleet.server.pause();
    const user = freshUser();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => a.registry.login(loginOf(user))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'unavailable', reason: /Redis/ });
      if (outcome.kind !== 'unavailable') continue;
      expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(500);
      expect(outcome.retryAfterMs).toBeLessThan(1500);
    }
    expect(a.registry.health()).toMatchObject({ ready: false, reasons: ['Redis does not answer'] });
    // Known to be silent: refused without waiting for another time-out.
    expect(await a.registry.login(loginOf(user))).toMatchObject({
      reason: 'Redis does not answer',
    });
    await expect(a.registry.kick(user, 'all', 'REST')).rejects.toThrow('Redis does not answer');
    await expect(a.registry.sessions(user)).rejects.toThrow('Redis does not answer');
    fleet.server.resume();
    await isAudited(a);
    await register(a, loginOf(user));
  });

  it('never lets a login happen that was given up, and kicks nobody for it', async () => {
    const user = freshUser();
    const mac = loginOf(user, { instanceId: 'm', platform: 'mac' });
    const phone = loginOf(user);
    await register(b, mac);
    await register(b, phone);
    fleet.server.pause();
    const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
    expect((await a.registry.login(tablet)).kind).toBe('unavailable');
    fleet.server.resume();
    await isAudited(a);
    // Behind the late login on the same connection.
    expect(await liveSessions(a, user)).toEqual([phone.sessionId, mac.sessionId]);
  });

  it('removes the session of a login whose answer was lost', async () => {
    const proxy = await FaultProxy.start(fleet.server.port);
    const c = await fleet.node({ url: proxy.url, commandTimeoutMs: 150 });
    const user = freshUser();
    const phone = loginOf(user);
    proxy.lose(undefined, 'toClient');
    const outcome = c.registry.login(phone);
    await vi.waitFor(async () => {
      expect(await liveSessions(b, user)).toEqual([phone.sessionId]);
    }, patient);
    expect((await outcome).kind).toBe('unavailable');
    proxy.cut();
    await vi.waitFor(async () => expect(await liveSessions(b, user)).toEqual([]), patient);
    await c.registry.stop();
    await proxy.stop();
  });

  it('makes up for logouts and renewals of the time without Redis', async () => {
    const user = freshUser();
    const mac = loginOf(user, { instanceId: 'm', platform: 'mac' });
    const phone = loginOf(user);
    await register(a, mac);
    await register(a, phone);
    fleet.server.pause();
    const lost = await Promise.all([
      a.registry.logout(phone, 'left'),
      a.registry.renew(mac, ticketUntil(inAnHour + 60)),
      a.registry.renew(mac, ticketUntil(inAnHour + 120)),
    ]);
    expect(lost).toEqual(['unavailable', 'unavailable', 'unavailable']);
    fleet.server.resume();
    await vi.waitFor(async () => {
      const records = await b.registry.sessions(user);
      expect(records).toMatchObject([{ sessionId: mac.sessionId, ticketEndsAt: inAnHour + 120 }]);
      expect(records).toHaveLength(1);
    }, patient);
  });

  it('does not put an owed renewal over a newer one', async () => {
    const c = await fleet.node({ commandTimeoutMs: 300 });
    const user = freshUser();
    const mac = loginOf(user, { instanceId: 'm', platform: 'mac' });
    const phone = loginOf(user);
    await register(c, mac);
    await register(c, phone);
    // Redis is back a moment after the first renewal is given up, and well before it is made again.
    await fleet.server.cli('CLIENT', 'PAUSE', '320', 'ALL');
    const lost = [
      c.registry.renew(mac, ticketUntil(inAnHour + 60)),
      c.registry.logout(phone, 'left'),
    ];
    expect(await Promise.all(lost)).toEqual(['unavailable', 'unavailable']);
    await vi.waitFor(
      () => expect(c.registry.health().reasons).not.toContain('Redis does not answer'),
      { timeout: 10_000, interval: 1 },
    );
    expect(await c.registry.renew(mac, ticketUntil(inAnHour + 5000))).toBe('done');
    // A node stops when it owes nothing any more: the first renewal has been made again by then, or given up.
    await c.registry.stop();
    expect(await b.registry.sessions(user)).toMatchObject([{ ticketEndsAt: inAnHour + 5000 }]);
  });

  it('evicts in full where Redis refuses to publish, because the mark is the fact', async () => {
    const user = freshUser();
    const phone = loginOf(user);
    const again = { ...phone, sessionId: `${phone.sessionId}-again` };
    const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
    await register(b, phone);
    await fleet.server.cli('ACL', 'SETUSER', 'default', '-publish');
    try {
      expect((await a.registry.login(again)).kind).toBe('registered');
      expect((await a.registry.login(tablet)).kind).toBe('registered');
    } finally {
      await fleet.server.cli('ACL', 'SETUSER', 'default', '+publish');
    }
    expect(await liveSessions(b, user)).toEqual([tablet.sessionId]);
    expect(await a.registry.login({ ...again, refuseIfKicked: true })).toMatchObject({
      kind: 'kicked',
      kick: { sessionId: again.sessionId },
    });
  });

  it('never lets a kick happen that was given up', async () => {
    const user = freshUser();
    const phone = loginOf(user);
    await register(b, phone);
    fleet.server.pause();
    await expect(a.registry.kick(user, 'all', 'REST')).rejects.toThrow('in time');
    fleet.server.resume();
    await isAudited(a);
    // Behind the late kick on the same connection.
    expect(await liveSessions(a, user)).toEqual([phone.sessionId]);
    expect(await a.registry.kick(user, 'all', 'REST')).toHaveLength(1);
  });

  it('never lets an import happen that was given up', async () => {
    const user = freshUser();
    fleet.server.pause();
    await expect(a.registry.accounts.import([user])).rejects.toThrow('in time');
    await expect(a.registry.accounts.exist([user])).rejects.toThrow();
    fleet.server.resume();
    await isAudited(a);
    // Behind the late import on the same connection.
    expect(await a.registry.accounts.exist([user])).toEqual([false]);
    await a.registry.accounts.import([user]);
    expect(await a.registry.accounts.exist([user])).toEqual([true]);
  });

  it('gives up a start at once when it is stopped', async () => {
    const proxy = await FaultProxy.start(fleet.server.port);
    const { url } = proxy;
    await proxy.stop();
    const registry = fleet.registry({ url });
    const started = registry.start(listener);
    await registry.stop();
    await expect(started).rejects.toThrow('stopped');
  });

  it('does not remove the session of a failed login that was sent again since', async () => {
    const c = await fleet.node({ commandTimeoutMs: 700 });
    const phone = loginOf(freshUser());
    fleet.server.pause();
    expect((await c.registry.login(phone)).kind).toBe('unavailable');
    fleet.server.resume();
    // At once, before the first try is made up for.
    await vi.waitFor(() => register(c, phone), { ...patient, interval: 1 });
    // A node does not stop while it owes updates.
    await c.registry.stop();
    expect(await liveSessions(b, phone)).toEqual([phone.sessionId]);
  });

  it('refuses at once when Redis is gone and finds it again, emptied and without scripts', async () => {
    await fleet.server.kill();
    await vi.waitFor(() => expect(a.registry.health().ready).toBe(false), patient);
    expect((await a.registry.login(loginOf(freshUser()))).kind).toBe('unavailable');
    await fleet.server.restart();
    await isAudited(a);
    await isAudited(b);
    await vi.waitFor(async () => {
      expect(await fleet.server.cli('GET', 'gatehouse:deployment')).toContain('partitions=16');
    }, patient);
    const phone = loginOf(freshUser());
    await register(a, phone);
    await register(b, { ...loginOf(phone), instanceId: 'tablet' });
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
  });

  it('hears kicks again after its listening connection was cut', async () => {
    const phone = loginOf(freshUser());
    await register(a, phone);
    await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await vi.waitFor(() => expect(a.registry.health().isAuditing).toBe(true), patient);
    await isAudited(a);
    await register(b, { ...loginOf(phone), instanceId: 'tablet' });
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
  });

  it('takes over the time of Redis when its own idea of it is wrong', async () => {
    const user = freshUser();
    await register(a, loginOf(user));
    const real = performance.now.bind(performance);
    // This process's clock seems to have lost a minute since Redis was last asked.
    vi.spyOn(performance, 'now').mockImplementation(() => real() - 60_000);
    const second = loginOf(user);
    await register(a, second);
    expect(await liveSessions(b, user)).toEqual([second.sessionId]);
    vi.spyOn(performance, 'now').mockImplementation(() => real() - 120_000);
    expect(await a.registry.kick(user, 'all', 'REST')).toHaveLength(1);
  });

  it('does not start on data that is laid out for another number of partitions', async () => {
    const stranger = fleet.registry({ partitions: 32 });
    await expect(stranger.start(listener)).rejects.toThrow(
      /"gatehouse:deployment" has version=1 partitions=16, this node is set to version=1 partitions=32/,
    );
    const beside = await fleet.node({ partitions: 32, prefix: 'other' });
    await register(beside, loginOf(freshUser()));
  });

  it('serves no more when the data has become another deployment, until that is over', async () => {
    const user = freshUser();
    const cut = () => fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await fleet.server.cli('SET', 'gatehouse:deployment', 'version=1 partitions=99');
    await cut();
    await vi.waitFor(
      () => expect(a.registry.health().reasons[0]).toMatch(/partitions=99/),
      patient,
    );
    expect(await a.registry.login(loginOf(user))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/partitions=99/),
    });
    await fleet.server.cli('SET', 'gatehouse:deployment', 'version=1 partitions=16');
    await cut();
    await isAudited(a);
    await register(a, loginOf(user));
  });

  it('says why it cannot start, without the password', async () => {
    const nobody = fleet.registry({ url: 'redis://me:secret@127.0.0.1:1', startTimeoutMs: 300 });
    const failure = await nobody.start(listener).catch((error: unknown) => String(error));
    expect(failure).toMatch(/cannot reach Redis: .*ECONNREFUSED/);
    expect(failure).not.toContain('secret');
    expect(fleet.logged.join('\n')).not.toContain('secret');
  });

  it('takes no node or prefix that would break its records', () => {
    expect(() => fleet.registry({ prefix: 'a{b}' })).toThrow('unfit for a prefix');
  });

  it('logs a fault once and not for every login it hits', () => {
    const failures = fleet.logged.filter((line) => line.includes(' a call to Redis failed '));
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.length).toBeLessThan(20);
  });
});
