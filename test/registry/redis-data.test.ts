import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { loadScripts } from '../../gateway/registry/redis/scripts.ts';
import { policyText } from '../../gateway/registry/redis/policy-text.ts';
import { retention } from '../../gateway/registry/retention.ts';
import {
  freshUser,
  hears,
  inAnHour,
  liveSessions,
  loginOf,
  register,
  ticketUntil,
} from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';
import type { UserRef } from '../../gateway/registry/user.ts';

const keys = new Keys('gatehouse', 16);

function userKey(user: UserRef): string {
  return keys.user(keys.partitionOf(memberOf(user)), memberOf(user));
}

function indexKey(node: FleetNode, user: UserRef): string {
  return keys.nodeIndexes(node.registry.nodeId)[keys.partitionOf(memberOf(user))] ?? '';
}

describe('keys', () => {
  it('put users into the partitions of every other version of this program', () => {
    const other = new Keys('x', 256);
    expect(
      ['1400000001:alice', '1400000001:bob', '20000001:u_-9'].map((m) => other.partitionOf(m)),
    ).toEqual([69, 34, 136]);
    expect(other.user(69, '1400000001:alice')).toBe('x:{p69}:user:1400000001:alice');
    expect(other.nodeIndexes('n.1')[7]).toBe('x:{p7}:node:n.1');
    expect(other.channel('n.1')).toBe('x:node:n.1');
  });

  it('spread users evenly over the partitions', () => {
    const counts = Array.from({ length: 256 }, () => 0);
    for (let i = 0; i < 25_600; i += 1) {
      const p = new Keys('x', 256).partitionOf(`1400000001:user${i}`);
      counts[p] = (counts[p] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  });
});

describe('policy text', () => {
  it('says for each platform its group, whether that is exclusive, its max and the limit', () => {
    const policy = makePolicy({
      policy: [['ios', 'ipad'], { platforms: ['web', 'mac'], max: 4 }],
      limits: { web: 10 },
    });
    expect(policyText(policy)).toBe(
      ' web:1:0:4:10 android:2:0:0:1 ios:0:1:0:1 ipad:0:1:0:1 windows:3:0:0:1 mac:1:0:4:1 linux:4:0:0:1',
    );
  });

  it('says behind them how evictions are counted, if they are', () => {
    const evictions = { burst: 10, refillMs: 6000 };
    const [open, counted] = [{}, { evictions }].map((wish) =>
      policyText(makePolicy({ policy: 'single', ...wish })),
    );
    expect(counted).toBe(`${open} evictions:10:6000`);
  });
});

describe('Redis data', () => {
  const fleet = new RedisFleet();
  let a: FleetNode;
  let b: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    a = await fleet.node();
    b = await fleet.node();
  });
  beforeEach(async () => {
    await fleet.server.cli('FLUSHALL');
  });
  afterAll(() => fleet.stop());

  async function allKeys(): Promise<string[]> {
    return (await fleet.server.call('KEYS', '*')) as string[];
  }
  function ttl(key: string): Promise<number> {
    return fleet.server.cli('TTL', key).then(Number);
  }
  function fields(user: UserRef): Promise<Record<string, string>> {
    return fleet.server.call('HGETALL', userKey(user)).then((flat) => {
      const list = flat as string[];
      return Object.fromEntries(
        list.flatMap((_, i) => (i % 2 === 0 ? [list.slice(i, i + 2)] : [])),
      );
    });
  }

  it('is what records.lua says it is', async () => {
    const user = freshUser();
    const [first, phone] = [loginOf(user), loginOf(user)];
    await register(a, first);
    const epoch = await register(b, phone);
    const nodeId = b.registry.nodeId;
    expect(await fields(user)).toEqual({
      epoch: String(epoch),
      's:phone': `${phone.sessionId} ${nodeId} ios ${epoch} ${inAnHour} ${first.sessionId}`,
    });
    const tablet = loginOf(user, { instanceId: 'tablet', platform: 'ipad' });
    const next = await register(a, tablet);
    const at = Math.floor(next / 1000);
    expect(await fields(user)).toEqual({
      epoch: String(next),
      's:tablet': `${tablet.sessionId} ${a.registry.nodeId} ipad ${next} ${inAnHour} *`,
      'k:phone': `${phone.sessionId} multipleDevice ipad tablet ${at} ${epoch} ${first.sessionId}`,
    });
    await a.registry.kick(user, 'all', 'REST');
    expect((await fields(user))['k:tablet']).toMatch(
      new RegExp(`^${tablet.sessionId} REST \\* \\* \\d+ ${next} \\*$`),
    );
  });

  it('names only the last predecessors of a session', async () => {
    const user = freshUser();
    const logins = Array.from({ length: retention.predecessors + 3 }, () => loginOf(user));
    for (const login of logins) await register(a, login);
    const names = logins.slice(0, -1).toReversed().slice(0, retention.predecessors);
    const predecessors = (await fields(user))['s:phone']?.split(' ').at(-1);
    expect(predecessors?.split(',')).toEqual(names.map(({ sessionId }) => sessionId));
  });

  it('ends by itself, all but the deployment record and the accounts', async () => {
    const user = freshUser();
    const inAYear = inAnHour + 365 * 24 * 3600;
    const phone = loginOf(user, { ticketEndsAt: inAYear });
    await register(a, phone);
    expect(await ttl(userKey(user))).toBeGreaterThan(364 * 24 * 3600);
    expect(await ttl(indexKey(a, user))).toBeGreaterThan(364 * 24 * 3600);
    await register(b, loginOf(user, { instanceId: 'tablet', platform: 'ipad' }));
    const afterKick = await ttl(userKey(user));
    expect(afterKick).toBeGreaterThan(retention.markLifeS - 10);
    expect(afterKick).toBeLessThanOrEqual(retention.markLifeS);

    const other = loginOf(freshUser());
    await register(a, other);
    await a.registry.renew(other, ticketUntil(inAYear));
    expect(await ttl(userKey(other))).toBeGreaterThan(364 * 24 * 3600);
    await a.registry.logout(other, 'left');
    expect(await ttl(userKey(other))).toBeLessThanOrEqual(retention.recordSlackS);
    const third = loginOf(freshUser());
    await register(a, third);
    await a.registry.kick(third, 'all', 'REST');
    expect(await ttl(userKey(third))).toBeGreaterThan(retention.markLifeS - 10);

    for (const key of await allKeys()) {
      const isForGood = key === keys.deployment || key.includes(':accounts:');
      if (!isForGood) expect(await ttl(key), key).toBeGreaterThan(0);
    }
  });

  it('stays for a while even when the ticket has ended', async () => {
    const user = freshUser();
    await register(a, loginOf(user, { ticketEndsAt: 1 }));
    expect(await liveSessions(a, user)).toHaveLength(1);
    expect(await ttl(userKey(user))).toBeGreaterThan(retention.recordSlackS - 10);
    expect(await ttl(indexKey(a, user))).toBeGreaterThan(retention.recordSlackS - 10);
  });

  it('keeps all keys of a user under one hash tag', async () => {
    const user = freshUser();
    await register(a, loginOf(user));
    await register(b, loginOf(user, { instanceId: 'm', platform: 'mac' }));
    const tags = (await allKeys())
      .filter((key) => key !== keys.deployment)
      .map((key) => /\{(.+?)\}/.exec(key)?.[1]);
    expect(tags).toHaveLength(5);
    expect(new Set(tags)).toEqual(new Set([`p${keys.partitionOf(memberOf(user))}`]));
  });

  it('keeps accounts beyond everything else of the user, with the day of their last login', async () => {
    const user = freshUser();
    const phone = loginOf(user);
    await register(a, phone);
    await a.registry.logout(phone, 'left');
    const key = keys.accounts(keys.partitionOf(memberOf(user)), user.sdkAppId);
    expect(await ttl(key)).toBe(-1);
    // As the end of its time would.
    await fleet.server.cli('DEL', userKey(user));
    const today = Math.floor(Date.now() / 86_400_000);
    const [name, day] = (await fleet.server.call('HGETALL', key)) as string[];
    expect(name).toBe(user.userId);
    expect([today, today - 1]).toContain(Number(day));
    expect(await b.registry.accounts.exist([user])).toEqual([true]);
  });

  it('lists a user in the index of each node that holds a session, and no longer', async () => {
    const user = freshUser();
    const mac = loginOf(user, { instanceId: 'm', platform: 'mac' });
    const web = loginOf(user, { instanceId: 'w', platform: 'web' });
    const phone = loginOf(user);
    for (const login of [mac, web]) await register(a, login);
    await register(b, phone);
    const members = (node: FleetNode) => fleet.server.call('SMEMBERS', indexKey(node, user));
    expect(await members(a)).toEqual([memberOf(user)]);
    expect(await members(b)).toEqual([memberOf(user)]);
    await a.registry.logout(web, 'left');
    expect(await members(a)).toEqual([memberOf(user)]);
    // mac is kicked from the other node; its own node tidies its index when it ends the socket.
    await register(b, loginOf(user, { instanceId: 'pc', platform: 'windows' }));
    expect(await a.registry.logout(mac, 'left')).toBe('absent');
    expect(await members(a)).toEqual([]);
    expect(await members(b)).toEqual([memberOf(user)]);
  });

  it('has growing epochs although the stored one lies in the future', async () => {
    const user = freshUser();
    const future = Date.now() + 86_400_000;
    await fleet.server.cli('HSET', userKey(user), 'epoch', future);
    expect(await register(a, loginOf(user))).toBe(future + 1);
    expect(await register(b, loginOf(user))).toBe(future + 2);
  });

  it('has growing epochs although Redis was emptied', async () => {
    const user = freshUser();
    const before = await register(a, loginOf(user));
    await fleet.server.cli('FLUSHALL');
    // Within one millisecond an emptied Redis has no way to know.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before));
    const second = loginOf(user);
    expect(await register(a, second)).toBeGreaterThan(before);
    expect(await liveSessions(a, user)).toEqual([second.sessionId]);
  });

  it('needs no scripts that are loaded already', async () => {
    const user = freshUser();
    await fleet.server.cli('SCRIPT', 'FLUSH');
    const logins = Array.from({ length: 20 }, () => loginOf(user));
    await Promise.all(logins.map((login) => register(a, login)));
    await fleet.server.cli('SCRIPT', 'FLUSH');
    expect(await a.registry.kick(user, 'all', 'REST')).toHaveLength(1);
  });

  it('forgets a kick after its time', async () => {
    const user = freshUser();
    const old = Math.floor(Date.now() / 1000) - retention.markLifeS;
    const mark = (at: number) => `s0 REST * * ${at} 1 *`;
    await fleet.server.cli('HSET', userKey(user), 'k:phone', mark(old + 60), 'k:mac', mark(old));
    const phone = await a.registry.login(loginOf(user, { refuseIfKicked: true }));
    expect(phone.kind).toBe('kicked');
    await register(a, loginOf(user, { instanceId: 'mac', refuseIfKicked: true }));
    await fleet.server.cli('HSET', userKey(user), 'k:mac', mark(old));
    await register(a, loginOf(user, { instanceId: 'tablet', platform: 'web' }));
    expect(Object.keys(await fields(user))).not.toContain('k:mac');
  });

  it('leaves sessions on a platform alone that only a newer gateway knows', async () => {
    const user = freshUser();
    const record = `s0 ${b.registry.nodeId} watch 5 ${inAnHour} *`;
    await fleet.server.cli('HSET', userKey(user), 's:wrist', record);
    const policy = makePolicy({ policy: 'single' });
    const phone = loginOf(user, { policy });
    await register(a, phone);
    expect(await liveSessions(a, user)).toEqual([phone.sessionId, 's0']);
  });

  it('lets no login happen after its deadline', async () => {
    const late = await fleet.server.call(...loginScript(userKey(freshUser()), Date.now() - 1));
    expect(late).toEqual(['late', expect.stringMatching(/^\d{13}$/)]);
    expect((await allKeys()).filter((key) => key !== keys.deployment)).toEqual([]);
    const inTime = await fleet.server.call(
      ...loginScript(userKey(freshUser()), Date.now() + 60_000),
    );
    expect(inTime).toBeTypeOf('number');
  });

  it('gets the logouts of a node that stops while they are on their way', async () => {
    const c = await fleet.node();
    const logins = Array.from({ length: 100 }, () => loginOf(freshUser()));
    await Promise.all(logins.map((login) => register(c, login)));
    const logouts = logins.map((login) => c.registry.logout(login, 'left'));
    await c.registry.stop();
    expect(new Set(await Promise.all(logouts))).toEqual(new Set(['done']));
    for (const login of logins) expect(await liveSessions(a, login)).toEqual([]);
  });

  it('tells the listener nothing of messages it does not know', async () => {
    const channel = keys.channel(a.registry.nodeId);
    const before = a.heard.length;
    await fleet.server.cli('PUBLISH', channel, 'dance now');
    await fleet.server.cli('PUBLISH', channel, 'replaced some-session');
    await hears(a, 'some-session');
    expect(a.heard.length).toBe(before + 1);
  });
});

function loginScript(user: string, notAfter: number): [string, ...(string | number)[]] {
  const login = loadScripts().login;
  const index = user.replace(/user:.*/, 'node:n');
  const accounts = ['accounts:1', 'activity:1'].map((name) => user.replace(/user:.*/, name));
  const policy = policyText(makePolicy({ policy: 'single' }));
  const session = ['phone', 's1', 'n', 'ios', inAnHour, 'own', policy, 'member', 'channel:'];
  const { ticketIssuedAt, ticketFingerprint } = ticketUntil(inAnHour);
  const rest = [...session, notAfter, ticketIssuedAt, ticketFingerprint, 'name', '', ''];
  return ['EVAL', login.lua, login.numberOfKeys, user, index, ...accounts, ...rest];
}
