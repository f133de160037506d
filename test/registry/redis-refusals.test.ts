import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RefusingProxy } from '../support/refusing-proxy.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { freshUser, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const patient = { timeout: 10_000, interval: 10 };

describe('Redis registry, refused by Redis', () => {
  const fleet = new RedisFleet();
  let a: FleetNode;
  let server: RedisServer;
  beforeAll(async () => {
    await fleet.start();
    ({ server } = fleet);
    // The beat of 0.5 s tells the readiness.
    a = await fleet.node({ leaseS: 2, commandTimeoutMs: 400 });
  });
  afterAll(() => fleet.stop());

  /** A login that must be refused for this reason, to be tried again later. */
  async function refusal(node: FleetNode, reason: RegExp): Promise<void> {
    const outcome = await node.registry.login(loginOf(freshUser()));
    expect(outcome).toMatchObject({ kind: 'unavailable', reason });
    if (outcome.kind !== 'unavailable') return;
    expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(500);
  }
  /** Waits until a node can serve again. */
  async function recovery(node: FleetNode): Promise<void> {
    await vi.waitFor(() => expect(node.registry.health().reasons).toEqual([]), patient);
    await register(node, loginOf(freshUser()));
  }
  const reasons = (): Promise<string> =>
    vi.waitFor(() => {
      const found = a.registry.health().reasons.join();
      expect(found).toMatch(/takes no writes/);
      return found;
    }, patient);

  it('is not ready and refuses logins while Redis is full; logouts still make room', async () => {
    const phone = loginOf(freshUser());
    await register(a, phone);
    await server.cli('CONFIG', 'SET', 'maxmemory', 1);
    await refusal(a, /OOM/);
    expect(await reasons()).toContain('OOM');
    expect(await a.registry.logout(phone, 'left')).toBe('done');
    await server.cli('CONFIG', 'SET', 'maxmemory', 0);
    await recovery(a);
  });

  it('leaves nothing half done when Redis is full', async () => {
    const user = freshUser();
    const phone = loginOf(user);
    await register(a, phone);
    await server.cli('CONFIG', 'SET', 'maxmemory', 1);
    const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
    expect((await a.registry.login(tablet)).kind).toBe('unavailable');
    expect(await liveSessions(a, user)).toEqual([phone.sessionId]);
    await server.cli('CONFIG', 'SET', 'maxmemory', 0);
    await recovery(a);
  });

  it('is not ready and refuses logins while the replicas are missing', async () => {
    await server.cli('CONFIG', 'SET', 'min-replicas-to-write', 1);
    await refusal(a, /NOREPLICAS/);
    expect(await reasons()).toContain('NOREPLICAS');
    await server.cli('CONFIG', 'SET', 'min-replicas-to-write', 0);
    await recovery(a);
  });

  it('leaves a server that has become a replica, both ways, and stays when it is the primary again', async () => {
    const other = await startRedis();
    const before = await server.cli('CLIENT', 'LIST', 'TYPE', 'PUBSUB');
    await server.cli('REPLICAOF', '127.0.0.1', other.port);
    await refusal(a, /READONLY/);
    await vi.waitFor(async () => {
      const now = await server.cli('CLIENT', 'LIST', 'TYPE', 'PUBSUB');
      expect(now).toContain('cmd=subscribe');
      expect(/ id=(\d+)/.exec(` ${now}`)?.[1]).not.toBe(/ id=(\d+)/.exec(` ${before}`)?.[1]);
    }, patient);
    expect(await reasons()).toContain('READONLY');
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await recovery(a);
    await other.stop();
  });

  it('refuses logins while the user may not run scripts', async () => {
    await server.cli('ACL', 'SETUSER', 'default', '-evalsha');
    await refusal(a, /NOPERM/);
    await server.cli('ACL', 'SETUSER', 'default', '+evalsha');
    await recovery(a);
  });

  it("refuses logins while Redis is busy with somebody's script", async () => {
    await server.cli('CONFIG', 'SET', 'busy-reply-threshold', 10);
    const busy = server.cli('EVAL', 'while true do end', 0).catch(() => undefined);
    await vi.waitFor(() => refusal(a, /BUSY/), patient);
    await server.cli('SCRIPT', 'KILL');
    await busy;
    await server.cli('CONFIG', 'SET', 'busy-reply-threshold', 5000);
    await recovery(a);
  });

  it('refuses logins while Redis loads its data', async () => {
    await server.call('DEBUG', 'POPULATE', 2000);
    await server.cli('SAVE');
    await server.cli('CONFIG', 'SET', 'key-load-delay', 500);
    await server.cli('CONFIG', 'SET', 'loading-process-events-interval-bytes', 1024);
    const loaded = server.cli('DEBUG', 'RELOAD', 'NOSAVE');
    await vi.waitFor(() => refusal(a, /LOADING/), { ...patient, interval: 1 });
    await loaded;
    await server.cli('CONFIG', 'SET', 'key-load-delay', 0);
    await recovery(a);
  });

  describe('through a proxy that makes it refuse', () => {
    let proxy: RefusingProxy;
    let b: FleetNode;
    beforeAll(async () => {
      proxy = await RefusingProxy.start(server.port);
      b = await fleet.node({ url: proxy.url, commandTimeoutMs: 400 });
    });
    afterEach(() => {
      proxy.refuse = () => undefined;
    });
    afterAll(() => proxy.stop());

    it.each([
      'ASK 1 127.0.0.1:1',
      'BUSY Redis is busy running a script.',
      'CLUSTERDOWN The cluster is down',
      'LOADING Redis is loading the dataset in memory',
      'MASTERDOWN Link with MASTER is down',
      'MISCONF Redis is configured to save RDB snapshots',
      'MOVED 1 127.0.0.1:1',
      'NOAUTH Authentication required.',
      'NOPERM this user has no permissions',
      'NOREPLICAS Not enough good replicas to write.',
      'NOSCRIPT No matching script.',
      'OOM command not allowed',
      "READONLY You can't write against a read only replica.",
      'TRYAGAIN Multiple keys request during rehashing of slot',
      'WRONGPASS invalid username-password pair or user is disabled.',
      'ERR something new',
    ])('refuses a login, to be tried again, after %s', async (error) => {
      proxy.refuse = ([name = '']) => (name.startsWith('eval') ? error : undefined);
      const [word = ''] = error.split(' ');
      await refusal(b, new RegExp(word));
      proxy.refuse = () => undefined;
      await vi.waitFor(() => register(b, loginOf(freshUser())), patient);
    });

    it('loads a script that Redis has lost, and the login does not notice', async () => {
      const phone = loginOf(freshUser());
      const names: string[] = [];
      proxy.refuse = ([name = '', ...words]) => {
        if (!words.includes(phone.sessionId)) return undefined;
        names.push(name);
        return name === 'evalsha' ? 'NOSCRIPT No matching script.' : undefined;
      };
      await register(b, phone);
      expect(names).toEqual(['evalsha', 'eval']);
    });

    it.each([
      ['BUSY Redis is busy running a script.', 'warn'],
      ['LOADING Redis is loading the dataset in memory', 'warn'],
      ['NOPERM this user has no permissions', 'error'],
      ['ERR something new', 'error'],
    ])(
      'subscribes again after %s, which is told as a line of the level %s',
      async (error, level) => {
        proxy.refuse = ([name]) => (name === 'subscribe' ? error : undefined);
        const node = fleet.node({ url: proxy.url, commandTimeoutMs: 400 });
        const line = `${level} cannot subscribe to the channel of this node {"reason":"ReplyError: ${error}`;
        await vi.waitFor(() => expect(fleet.logged.join('\n')).toContain(line), patient);
        proxy.refuse = () => undefined;
        await register(await node, loginOf(freshUser()));
      },
    );

    it('stays with a primary that refuses one script only', async () => {
      const phone = loginOf(freshUser());
      proxy.refuse = ([name = '', ...words]) =>
        name.startsWith('eval') && words.includes(phone.sessionId) ? 'ERR broken' : undefined;
      expect((await b.registry.login(phone)).kind).toBe('unavailable');
      await register(b, loginOf(freshUser()));
      expect(b.registry.health().reasons.join()).not.toMatch(/does not answer|takes no writes/);
    });
  });
});
