import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Keys, memberOf } from '../../gateway/registry/redis/keys.ts';
import { slotOf } from '../../gateway/registry/redis/connect/slots.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { freshUser, hears, hold, inAnHour, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const patient = { timeout: 15_000, interval: 20 };

describe('Redis registry on a Cluster', () => {
  const fleet = new RedisFleet(() => RedisCluster.start({ replicas: 1 }));
  const keys = new Keys('gatehouse', 16);
  let redis: RedisCluster;
  let a: FleetNode;
  let b: FleetNode;
  beforeAll(async () => {
    await fleet.start();
    redis = fleet.server;
    const wish = { leaseS: 6, commandTimeoutMs: 700 };
    [a, b] = await Promise.all([fleet.node(wish), fleet.node(wish)]);
  });
  afterAll(() => fleet.stop());

  const keyOf = (user: UserRef): string => {
    const member = memberOf(user);
    return keys.user(keys.partitionOf(member), member);
  };
  /** Users nobody has used, whose records lie on a master that passes. */
  async function usersOn(
    count: number,
    passes: (owner: RedisServer) => boolean,
  ): Promise<UserRef[]> {
    const users: UserRef[] = [];
    while (users.length < count) {
      const user = freshUser();
      if (passes(await redis.ownerOf(slotOf(keyOf(user))))) users.push(user);
    }
    return users;
  }
  const recovery = (): Promise<void> =>
    vi.waitFor(() => {
      for (const { registry } of [a, b])
        expect(registry.health()).toMatchObject({ reasons: [], isAuditing: false });
    }, patient);

  it('knows the slot of every key as Redis does', async () => {
    for (const key of [
      'foo',
      '{p1}:x',
      'a{b}c',
      '{}x',
      'x{',
      '{p255}',
      keys.leases,
      keys.deployment,
    ])
      expect(slotOf(key), key).toBe(await redis.slotOf(key));
  });

  it('spreads the partitions over the masters', async () => {
    await register(a, loginOf(freshUser()));
    const owners = await Promise.all(
      Array.from({ length: 16 }, (_, p) => redis.ownerOf(slotOf(keys.user(p, '')))),
    );
    expect(new Set(owners.map(({ port }) => port)).size).toBe(3);
  });

  it('loses no login and no kick while the slot of a user moves back and forth', async () => {
    const user = freshUser();
    const phone = loginOf(user);
    await register(a, phone);
    const slot = slotOf(keyOf(user));
    let last = phone;
    for (let round = 0; round < 6; round += 1) {
      const owner = await redis.ownerOf(slot);
      const next = redis.masters[(redis.masters.indexOf(owner) + 1) % redis.masters.length];
      if (next === undefined) throw new Error('no master');
      const [near, far] = round % 2 === 0 ? [a, b] : [b, a];
      const logins = [0, 1, 2].map((i) => loginOf(user, { instanceId: `r${round}-${i}` }));
      await redis.moveSlot(slot, next, async () => {
        // Half of the keys have gone: the record and the index of the node may lie on different sides.
        const outcomes = logins.slice(0, 2).map((login) => far.registry.login(login));
        const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
        // A server that would need both halves says TRYAGAIN until the move is over.
        expect(kinds.every((kind) => kind === 'registered' || kind === 'unavailable')).toBe(true);
      });
      await vi.waitFor(() => register(near, logins[2] ?? phone), patient);
      last = logins[2] ?? phone;
      expect(await liveSessions(far, user)).toEqual([last.sessionId]);
    }
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
    const kicked = await a.registry.kick(user, 'all', 'REST');
    expect(kicked.map(({ session }) => session.sessionId)).toEqual([last.sessionId]);
    expect((await hears(b, last.sessionId)).kind).toBe('kicked');
  });

  it('lets newcomers in who wait while their slot moves', async () => {
    const user = freshUser();
    const slot = slotOf(keyOf(user));
    const owner = await redis.ownerOf(slot);
    const to = redis.masters.find((server) => server !== owner);
    if (to === undefined) throw new Error('no master');
    const phone = loginOf(user);
    let outcome: Promise<unknown> = Promise.resolve();
    await redis.moveSlot(slot, to, async () => {
      outcome = a.registry.login(phone);
    });
    expect(await outcome).toMatchObject({ kind: 'registered' });
    expect(await liveSessions(b, user)).toEqual([phone.sessionId]);
  });

  it('sweeps the sessions of a node that is gone, on every master', async () => {
    const gone = await fleet.node({ leaseS: 2, commandTimeoutMs: 400 });
    const users = Array.from({ length: 30 }, () => freshUser());
    for (const user of users) await hold(gone, loginOf(user));
    await gone.registry.stop();
    await vi.waitFor(async () => {
      const lists = await Promise.all(users.map((user) => liveSessions(a, user)));
      expect(lists.flat()).toEqual([]);
    }, patient);
    const swept = (): number =>
      a.registry.counters.sweptSessions + b.registry.counters.sweptSessions;
    await vi.waitFor(() => expect(swept()).toBe(30), patient);
  });

  it('listens on another server when the one it listens on is gone', async () => {
    const listening = await Promise.all(
      redis.masters.map((server) => server.cli('CLIENT', 'LIST', 'TYPE', 'PUBSUB')),
    );
    const at = listening.findIndex((list) => list.includes(a.registry.nodeId));
    const server = redis.masters[at];
    if (server === undefined) throw new Error('nobody listens');
    await server.cli('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await vi.waitFor(() => expect(a.registry.health().isAuditing).toBe(true), patient);
    await recovery();
    const phone = loginOf(freshUser());
    await register(a, phone);
    await register(b, { ...loginOf(phone), instanceId: 'tablet' });
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
  });

  it('looks into all that a master may have lost that was a replica in between', async () => {
    const [master] = redis.masters;
    const [replica] = redis.replicas;
    if (master === undefined || replica === undefined) throw new Error('no replica');
    const [user, other] = await usersOn(2, (owner) => owner === master);
    if (user === undefined || other === undefined) throw new Error('no users');
    await replica.cli('CLUSTER', 'FAILOVER', 'TAKEOVER');
    const slot = slotOf(keyOf(user));
    await vi.waitFor(async () => expect(await redis.ownerOf(slot)).toBe(replica), patient);
    await vi.waitFor(() => register(a, loginOf(user)), patient);
    await recovery();
    await vi.waitFor(
      async () => expect(await master.cli('INFO', 'replication')).toMatch(/link_status:up/),
      patient,
    );
    // From now on nothing gets from one to the other.
    await replica.cli('ACL', 'SETUSER', 'default', '-psync', '-sync', '-replconf');
    await replica.cli('CLIENT', 'KILL', 'TYPE', 'replica');
    const late = await hold(a, loginOf(user));
    await master.cli('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await vi.waitFor(async () => expect(await replica.cli('ROLE')).not.toMatch(/^master/), patient);
    // A call that lies there finds the change, as the slow audit would.
    await vi.waitFor(() => register(a, loginOf(other)), patient);
    await vi.waitFor(
      async () => expect(await liveSessions(b, user)).toEqual([late.sessionId]),
      patient,
    );
    expect(a.registry.counters.reregistered).toBe(1);
    await replica.cli('ACL', 'SETUSER', 'default', '+psync', '+sync', '+replconf');
    await recovery();
    await vi.waitFor(
      async () => expect(await replica.cli('INFO', 'replication')).toMatch(/link_status:up/),
      patient,
    );
  });

  it('refuses only what lies on a dead master, and goes on with the replica that takes its place', async () => {
    const [dead] = redis.masters;
    if (dead === undefined) throw new Error('no master');
    const [lost] = await usersOn(1, (owner) => owner === dead);
    const [safe] = await usersOn(1, (owner) => owner !== dead);
    if (lost === undefined || safe === undefined) throw new Error('no user');
    const session = await hold(a, loginOf(lost, { ticketEndsAt: inAnHour }));
    await dead.kill();
    const outcome = await b.registry.login({ ...loginOf(lost), instanceId: 'tablet' });
    expect(outcome).toMatchObject({ kind: 'unavailable' });
    // Until the Cluster notices the others serve; then, for a moment, nobody does.
    await vi.waitFor(() => register(b, loginOf(safe)), patient);
    await vi.waitFor(() => register(b, loginOf(freshUser())), patient);
    await vi.waitFor(async () => {
      expect(await liveSessions(b, lost)).toEqual([session.sessionId]);
    }, patient);
    await recovery();
    const [replica] = redis.replicas;
    expect(await replica?.cli('ROLE')).toMatch(/^master/);
  });
});
