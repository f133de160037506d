import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { Lot, SessionEvent, StoredEvent } from '../../gateway/registry/events.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { freshUser, inAnHour, loginOf, register, ticketUntil } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

const patient = { timeout: 10_000, interval: 5 };

/** Every event of a user that is kept, in order. */
export async function eventsOf(node: FleetNode, user: UserRef): Promise<SessionEvent[]> {
  const { events: feed } = node.registry;
  const found: SessionEvent[] = [];
  for (let partition = 0; partition < feed.partitions; partition += 1) {
    const lot = { sdkAppId: user.sdkAppId, partition };
    for (const { event } of await feed.history(lot, '', 100_000))
      if (event?.userId === user.userId) found.push(event);
  }
  return found;
}

/** The kinds of a user's events, and that each names the one before it. */
async function kindsOf(node: FleetNode, user: UserRef): Promise<string[]> {
  const events = await eventsOf(node, user);
  events.forEach(({ version, previous }, i) => {
    expect(previous).toBe(events[i - 1]?.version ?? 0);
    expect(version).toBeGreaterThan(previous);
  });
  return events.map(({ kind, instanceId }) => `${kind} ${instanceId}`);
}

/** What every registry has to promise of events. The nodes of the fleet keep those of event-wishes.ts. */
export function describeEvents(name: string, fleet: Fleet): void {
  describe(`events of the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    it('tell of a login and of each end, each once', async () => {
      for (const [ending, kind] of [
        ['left', 'logout'],
        ['closed', 'linkClosed'],
        ['expired', 'expired'],
        ['lost', 'linkClosed'],
        ['timedOut', 'timedOut'],
      ] as const) {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.logout(phone, ending);
        await a.registry.logout(phone, ending);
        expect(await kindsOf(b, user)).toEqual(['login phone', `${kind} phone`]);
      }
    });

    it('name the session, its place and the time', async () => {
      const user = freshUser();
      const phone = loginOf(user);
      const before = Date.now() - 1000;
      await register(a, phone);
      const [event] = await eventsOf(a, user);
      expect(event).toMatchObject({
        ...user,
        kind: 'login',
        instanceId: 'phone',
        sessionId: phone.sessionId,
        platform: 'ios',
        nodeId: a.registry.nodeId,
        isRestored: false,
        kickedPlatforms: [],
      });
      expect(event?.atMs).toBeGreaterThan(before);
      expect(event?.atMs).toBeLessThan(Date.now() + 1000);
    });

    it('tell of whom a login has kicked, behind the login', async () => {
      const user = freshUser();
      const policy = makePolicy({ policy: 'single' });
      await register(a, loginOf(user, { policy: makePolicy({ policy: 'multi' }) }));
      const wide = { policy: makePolicy({ policy: 'multi' }) };
      await register(a, loginOf(user, { instanceId: 'mac', platform: 'mac', ...wide }));
      await register(b, loginOf(user, { instanceId: 'tab', platform: 'web', policy }));
      expect(await kindsOf(a, user)).toEqual([
        'login phone',
        'login mac',
        'login tab',
        'kicked mac',
        'kicked phone',
      ]);
      const [, , login, kicked] = await eventsOf(a, user);
      expect(login).toMatchObject({ kickedPlatforms: ['mac', 'ios'], nodeId: b.registry.nodeId });
      expect(kicked).toMatchObject({
        kickType: 'multipleDevice',
        byPlatform: 'web',
        byInstanceId: 'tab',
        nodeId: a.registry.nodeId,
      });
    });

    it('say nothing of a link that was superseded', async () => {
      const user = freshUser();
      const first = loginOf(user);
      await register(a, first);
      await register(b, loginOf(user));
      await a.registry.logout(first, 'lost');
      expect(await kindsOf(a, user)).toEqual(['login phone', 'login phone']);
    });

    it('say nothing of a login that is repeated or refused', async () => {
      const user = freshUser();
      const phone = loginOf(user);
      await register(a, phone);
      await register(a, phone);
      await a.registry.ban(user, Infinity);
      expect((await a.registry.login(loginOf(user))).kind).toBe('banned');
      expect(await kindsOf(a, user)).toEqual(['login phone', 'banned phone']);
    });

    it('tell what a back end has done to sessions', async () => {
      const user = freshUser();
      const wide = { policy: makePolicy({ policy: 'multi' }) };
      await register(a, loginOf(user, wide));
      await register(a, loginOf(user, { instanceId: 'mac', platform: 'mac', ...wide }));
      await b.registry.kick(user, { instanceIds: ['mac'] }, 'REST');
      await b.registry.revoke(user);
      await b.registry.revoke(user);
      expect(await kindsOf(a, user)).toEqual([
        'login phone',
        'login mac',
        'kicked mac',
        'revoked phone',
      ]);
      expect((await eventsOf(a, user)).slice(2)).toMatchObject([
        { kickType: 'REST', byPlatform: '', byInstanceId: '' },
        { kickType: 'REST', byPlatform: '', byInstanceId: '' },
      ]);
    });

    it('[REVOKE-4] tell of a renewal with a revoked ticket as of a revocation', async () => {
      const user = freshUser();
      const old = ticketUntil(inAnHour);
      await a.registry.revoke(user);
      const phone = loginOf(user, { ticketIssuedAt: inAnHour });
      await register(a, phone);
      expect(await a.registry.renew(phone, old)).toBe('absent');
      expect(await kindsOf(a, user)).toEqual(['login phone', 'revoked phone']);
    });

    it('tell of a custom status when it is another one', async () => {
      const user = freshUser();
      const phone = loginOf(user);
      await register(a, phone);
      await a.registry.setStatus(phone, 'back at  5 *');
      await a.registry.setStatus(phone, 'back at  5 *');
      await a.registry.setStatus(phone, '');
      expect(await kindsOf(a, user)).toEqual([
        'login phone',
        'customStatus phone',
        'customStatus phone',
      ]);
      expect((await eventsOf(a, user)).slice(1)).toMatchObject([
        { customStatus: 'back at  5 *' },
        { customStatus: '' },
      ]);
    });

    it('are those that the app wants, and each names the last of these', async () => {
      const choosy = { ...freshUser(), sdkAppId: 1_400_000_001 };
      for (let i = 0; i < 2; i += 1) {
        const phone = loginOf(choosy);
        await register(a, phone);
        await a.registry.logout(phone, 'left');
      }
      expect(await kindsOf(a, choosy)).toEqual(['logout phone', 'logout phone']);
      const silent = { ...freshUser(), sdkAppId: 1_400_000_002 };
      await register(a, loginOf(silent));
      expect(await eventsOf(a, silent)).toEqual([]);
    });

    it('are read by one node at a time, who hears of new ones', async () => {
      const [first, second] = [await fleet.node(), await fleet.node()];
      const told: string[] = [];
      const join = (node: FleetNode): void =>
        node.registry.events.join({
          news: (partition) => void told.push(`${node.registry.nodeId} ${partition}`),
          release: () => Promise.resolve(),
        });
      join(first);
      join(second);
      const holds = (node: FleetNode, partition: number): boolean =>
        node.registry.events.heldUntil(partition) > performance.now();
      const { partitions } = first.registry.events;
      const holders = (): number[] =>
        Array.from(
          { length: partitions },
          (_, p) => [first, second].filter((node) => holds(node, p)).length,
        );
      await vi.waitFor(() => expect(new Set(holders())).toEqual(new Set([1])), patient);
      const user = freshUser();
      await register(a, loginOf(user));
      const { partition } = await lotOf(first, user);
      await vi.waitFor(async () => {
        told.length = 0;
        await register(a, loginOf(user));
        const reader = holds(first, partition) ? first : second;
        await vi.waitFor(() => expect(told).toContain(`${reader.registry.nodeId} ${partition}`), {
          timeout: 1000,
          interval: 5,
        });
      }, patient);
      await first.registry.events.leave();
      await vi.waitFor(() => expect(holds(second, partition)).toBe(true), patient);
      await Promise.all([first.registry.stop(), second.registry.stop()]);
    });

    it('are read on by whoever opens them, from where the one before has stopped', async () => {
      const user = freshUser();
      await register(a, loginOf(user));
      await register(a, loginOf(user, { instanceId: 'tab', platform: 'web' }));
      const lot = await lotOf(a, user);
      const open = await a.registry.events.open(lot, 1);
      const again = await b.registry.events.open(lot, 1000);
      // Whoever was in front of the second opening moves nothing.
      expect(await open.read('', open.from, 1)).toBeUndefined();
      const place = placeOf(again.events, user, 0);
      const rest = await again.read(place, place, 1000);
      expect(instancesOf(rest?.events ?? [], user)).toEqual(['tab']);
      const next = await a.registry.events.open(lot, 1000);
      expect(instancesOf(next.events, user)).toEqual(['tab']);
      await b.registry.events.rewind(lot, 0);
      expect(await next.read('', next.from, 1000)).toBeUndefined();
      const all = await a.registry.events.open(lot, 1000);
      expect(instancesOf(all.events, user)).toEqual(['phone', 'tab']);
      expect(all.hasGap).toBe(false);
    });
  });
}

/** The lot in which a user's events lie. */
async function lotOf(node: FleetNode, user: UserRef): Promise<Lot> {
  const { events: feed } = node.registry;
  for (let partition = 0; partition < feed.partitions; partition += 1) {
    const lot = { sdkAppId: user.sdkAppId, partition };
    const found = instancesOf(await feed.history(lot, '', 100_000), user);
    if (found.length > 0) return lot;
  }
  throw new Error(`no event of ${user.userId} is kept`);
}

function of(events: readonly StoredEvent[], user: UserRef): readonly StoredEvent[] {
  return events.filter(({ event }) => event?.userId === user.userId);
}

function instancesOf(events: readonly StoredEvent[], user: UserRef): string[] {
  return of(events, user).map(({ event }) => event?.instanceId ?? '');
}

function placeOf(events: readonly StoredEvent[], user: UserRef, index: number): string {
  return of(events, user)[index]?.place ?? '';
}
