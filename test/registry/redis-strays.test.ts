import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { memberOf } from '../../gateway/registry/redis/keys.ts';
import type { SessionRef } from '../../gateway/registry/session-record.ts';
import { patient, placeOf } from './fast-fleet.ts';
import { freshUser, hold, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

describe('record of a session that its node does not hold', () => {
  const fleet = new RedisFleet();
  let slow: FleetNode;
  beforeAll(() => fleet.start());
  beforeEach(async () => {
    slow = await fleet.node({ auditS: 1 });
  });
  afterEach(async () => {
    await slow.registry.stop();
    await fleet.server.cli('FLUSHALL');
  });
  afterAll(() => fleet.stop());

  /** Ends a session, and brings back what Redis knew before: as an older snapshot or a lost logout does. */
  async function endForgotten(node: FleetNode, session: SessionRef): Promise<void> {
    const { record, index } = placeOf(node, session);
    const before = (await fleet.server.call('HGETALL', record)) as string[];
    node.held.delete(session.sessionId);
    node.claimed.delete(session.sessionId);
    await node.registry.logout(session, 'left');
    expect(await liveSessions(node, session)).toEqual([]);
    await fleet.server.call('HSET', record, ...before);
    await fleet.server.call('SADD', index, memberOf(session));
  }

  it('goes with the slow audit, and those that are held stay', async () => {
    const stays = await hold(slow, loginOf(freshUser()));
    const stray = await hold(slow, loginOf(freshUser()));
    await endForgotten(slow, stray);
    await vi.waitFor(
      async () => expect([...(await fleet.registered()).keys()]).toEqual([stays.sessionId]),
      patient,
    );
    expect(slow.registry.counters.auditRemovals).toBe(1);
    expect(slow.heard).toEqual([]);
  });

  it('goes after a doubt, many at once', async () => {
    const node = await fleet.node();
    const strays = await Promise.all(
      Array.from({ length: 300 }, () => hold(node, loginOf(freshUser()))),
    );
    const stays = await hold(node, loginOf(freshUser()));
    for (const stray of strays) await endForgotten(node, stray);
    await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await vi.waitFor(
      async () => expect([...(await fleet.registered()).keys()]).toEqual([stays.sessionId]),
      patient,
    );
    expect(node.registry.counters.auditRemovals).toBe(300);
  });

  it('goes although Redis cannot read another user of its partition', async () => {
    const stray = await hold(slow, loginOf(freshUser()));
    const { record, index } = placeOf(slow, stray);
    await fleet.server.cli('SET', `${record}-spoilt`, 'no hash');
    await fleet.server.cli('SADD', index, `${memberOf(stray)}-spoilt`);
    await endForgotten(slow, stray);
    await vi.waitFor(async () => expect(await liveSessions(slow, stray)).toEqual([]), patient);
  });

  it('goes alone: neither a sibling of the node nor the session of another node goes with it', async () => {
    const other = await fleet.node();
    const user = freshUser();
    const policy = makePolicy({ policy: 'multi' });
    const stray = await hold(slow, loginOf(user, { policy }));
    await endForgotten(slow, stray);
    const sibling = await hold(slow, loginOf(user, { instanceId: 'mac', platform: 'mac', policy }));
    const foreign = await hold(
      other,
      loginOf(user, { instanceId: 'web', platform: 'web', policy }),
    );
    await vi.waitFor(
      async () =>
        expect(await liveSessions(slow, user)).toEqual([foreign.sessionId, sibling.sessionId]),
      patient,
    );
    expect(await fleet.server.call('SMEMBERS', placeOf(slow, user).index)).toEqual([
      memberOf(user),
    ]);
  });

  it('leaves nothing in the index of the node when it is gone already', async () => {
    const stray = await hold(slow, loginOf(freshUser()));
    const { record, index } = placeOf(slow, stray);
    slow.held.delete(stray.sessionId);
    await fleet.server.cli('DEL', record);
    await vi.waitFor(
      async () => expect(await fleet.server.call('SMEMBERS', index)).toEqual([]),
      patient,
    );
  });

  it('is not one of a login on its way', async () => {
    const users = Array.from({ length: 50 }, () => freshUser());
    const stray = await hold(slow, loginOf(freshUser()));
    const logins = users.map((user) => loginOf(user));
    // Registered, and never acknowledged to the audit: the claim is all there is of them.
    for (const login of logins) await register(slow, login);
    await endForgotten(slow, stray);
    await vi.waitFor(async () => expect(await liveSessions(slow, stray)).toEqual([]), patient);
    await endForgotten(slow, await hold(slow, loginOf(stray)));
    // A second one that goes: in between the audit has been everywhere.
    await vi.waitFor(async () => expect(await liveSessions(slow, stray)).toEqual([]), patient);
    expect([...(await fleet.registered()).keys()].sort()).toEqual(
      logins.map(({ sessionId }) => sessionId).sort(),
    );
  });
});
