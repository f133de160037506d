import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { breakLua, breakNames, readBreaks } from '../../gateway/registry/redis/breaks.ts';
import type { BreakName } from '../../gateway/registry/redis/breaks.ts';
import { subscribers as subscriberLinks } from '../faults/proxy.ts';
import { FastFleet, patient, placeOf } from './fast-fleet.ts';
import { freshUser, hears, hold, isAudited, liveSessions, loginOf, register } from './fleet.ts';
import type { FleetNode } from './fleet.ts';

const single = makePolicy({ policy: 'single' });

describe('names of deliberate breaks', () => {
  it('are read from a list', () => {
    expect([...readBreaks(undefined), ...readBreaks('')]).toEqual([]);
    expect([...readBreaks('skip-audit, no-self-probe')]).toEqual(['skip-audit', 'no-self-probe']);
    expect([...readBreaks(breakNames.join(','))]).toEqual([...breakNames]);
  });

  it('are refused when nobody knows them', () => {
    expect(() => readBreaks('skip-audit,skip-audits')).toThrow(
      'GATEHOUSE_TEST_BREAK: unknown break "skip-audits"; known: skip-audit, ',
    );
  });

  it('are refused when the script no longer has what they break', () => {
    expect(() => breakLua('logout', 'return 1', new Set(['delete-without-compare']))).toThrow(
      'logout.lua has nothing for the break "delete-without-compare"',
    );
  });
});

/** Each once with its break and once whole: only the break may make the difference. */
describe('registry in Redis that is broken on purpose', () => {
  const fleet = new FastFleet();
  beforeAll(() => fleet.start());
  afterEach(() => fleet.clear());
  afterAll(() => fleet.stop());

  function breaksOf(name: BreakName | 'whole'): ReadonlySet<BreakName> {
    return new Set(name === 'whole' ? [] : [name]);
  }
  /** Waits until a node has beaten some more times. */
  async function beats(node: FleetNode, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const end = await fleet.leaseEnd(node);
      await vi.waitFor(
        async () => expect(await fleet.leaseEnd(node)).toBeGreaterThan(end),
        patient,
      );
    }
  }

  it.each(['skip-audit', 'whole'] as const)(
    'misses a kick it did not hear, unlike a whole one (%s)',
    async (name) => {
      const a = await fleet.node({ auditS: 1, breaks: breaksOf(name) });
      const phone = await hold(a, loginOf(freshUser()));
      await fleet.kickUnheard(phone);
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await vi.waitFor(() => expect(a.registry.health().isAuditing).toBe(true), patient);
      await isAudited(a);
      await beats(a, 3);
      expect(a.held.has(phone.sessionId)).toBe(name !== 'whole');
      expect(a.registry.counters.auditKicks).toBe(name === 'whole' ? 1 : 0);
    },
  );

  it.each(['delete-without-compare', 'whole'] as const)(
    'takes the successor for the session that ends, unlike a whole one (%s)',
    async (name) => {
      const [a, b] = [await fleet.node({ breaks: breaksOf(name) }), await fleet.node()];
      const older = await hold(a, loginOf(freshUser()));
      const newer = loginOf(older);
      await register(b, newer);
      await hears(a, older.sessionId);
      // What the node sends behind the logout of the session it was told to end.
      await a.registry.sessions(older);
      const live = name === 'whole' ? [newer.sessionId] : [];
      expect(await liveSessions(b, older)).toEqual(live);
    },
  );

  it.each(['delete-without-compare', 'whole'] as const)(
    'sweeps the session of a living node with that of a dead one, unlike a whole one (%s)',
    async (name) => {
      const [a, b] = [
        await fleet.node(),
        await fleet.node({ breaks: breaksOf(name), auditS: 600 }),
      ];
      const policy = makePolicy({ policy: 'multi' });
      const user = freshUser();
      await hold(a, loginOf(user, { policy }));
      const stays = await hold(b, loginOf(user, { instanceId: 'mac', platform: 'mac', policy }));
      await a.registry.stop();
      await vi.waitFor(() => expect(b.registry.counters.sweptNodes).toBe(1), patient);
      const live = name === 'whole' ? [stays.sessionId] : [];
      expect(await liveSessions(b, user)).toEqual(live);
    },
  );

  it.each(['ignore-epoch', 'whole'] as const)(
    'kicks the newest for an older one that comes back, unlike a whole one (%s)',
    async (name) => {
      const breaks = breaksOf(name);
      const [a, b] = [await fleet.node({ breaks }), await fleet.node({ breaks })];
      const older = await hold(a, loginOf(freshUser(), { policy: single }));
      const { record } = placeOf(a, older);
      await fleet.server.cli('DEL', record);
      const mac = { instanceId: 'mac', platform: 'mac', policy: single } as const;
      const newer = await hold(b, loginOf(older, mac));
      await fleet.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const [loser, winner] = name === 'whole' ? [a, newer] : [b, older];
      await vi.waitFor(
        () => expect(loser.heard.map(({ kind }) => kind)).toEqual(['kicked']),
        patient,
      );
      expect(await liveSessions(a, older)).toEqual([winner.sessionId]);
    },
  );

  it.each(['no-self-probe', 'whole'] as const)(
    'takes a subscription for good that hears nothing, unlike a whole one (%s)',
    async (name) => {
      const a = await fleet.behindProxy({ breaks: breaksOf(name) });
      const b = await fleet.node();
      const phone = await hold(a, loginOf(freshUser()));
      a.proxy.lose(subscriberLinks, 'toClient');
      await b.registry.kick(phone, 'all', 'REST');
      await beats(a, 4);
      if (name === 'whole') await hears(a, phone.sessionId);
      expect(a.held.has(phone.sessionId)).toBe(name !== 'whole');
      expect(a.registry.counters.missedProbes).toBe(name === 'whole' ? 1 : 0);
    },
  );

  it.each(['lease-without-health', 'whole'] as const)(
    'goes on with a lease although it cannot subscribe, unlike a whole one (%s)',
    async (name) => {
      const a = await fleet.behindProxy({ breaks: breaksOf(name) });
      const b = await fleet.node();
      a.proxy.blackhole(subscriberLinks, 'toClient');
      a.proxy.cut(subscriberLinks);
      await vi.waitFor(() => expect(a.registry.health().isAuditing).toBe(true), patient);
      const end = await fleet.leaseEnd(a);
      await vi.waitFor(async () => {
        expect(await fleet.leaseEnd(b)).toBeGreaterThan(end + 4000);
      }, patient);
      const outcome = await a.registry.login(loginOf(freshUser()));
      expect(outcome.kind).toBe(name === 'whole' ? 'unavailable' : 'registered');
    },
  );
});
