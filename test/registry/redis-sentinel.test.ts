import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoginOutcome } from '../../gateway/registry/login.ts';
import type { HeldSession } from '../../gateway/registry/held-sessions.ts';
import { RedisSentinel } from '../support/redis-sentinel.ts';
import type { RedisServer } from '../support/redis-server.ts';
import {
  freshUser,
  hears,
  hold,
  liveSessions,
  loginOf,
  register,
  holdsNobody,
  watchesNobody,
} from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const patient = { timeout: 15_000, interval: 20 };
/** DESIGN's N7 is 3 s with Sentinels that wait 1 s; the rest is for Sentinels that vote twice on a busy machine. */
const firstLoginLimitMs = 10_000;

describe('Redis registry behind Sentinels', () => {
  let fleet: RedisFleet<RedisSentinel>;
  let redis: RedisSentinel;
  let a: FleetNode;
  let b: FleetNode;
  let held: HeldSession[];
  // Anew for each test: Sentinels take ten seconds to believe that a server is back.
  beforeEach(async () => {
    fleet = new RedisFleet(() => RedisSentinel.start());
    await fleet.start();
    redis = fleet.server;
    // Both as configured by default.
    const wish = { leaseS: 6, commandTimeoutMs: 700 };
    [a, b] = await Promise.all([fleet.node(wish), fleet.node(wish)]);
    held = [];
    for (const node of [a, b])
      for (let i = 0; i < 50; i += 1) held.push(await hold(node, loginOf(freshUser())));
  });
  afterEach(() => fleet.stop());

  /** Logs in on a node until it succeeds; resolves with what was refused and how long it took. */
  async function firstLogin(node: FleetNode): Promise<{ refused: LoginOutcome[]; tookMs: number }> {
    const startedAt = performance.now();
    const refused: LoginOutcome[] = [];
    await vi.waitFor(
      async () => {
        const outcome = await node.registry.login(loginOf(freshUser()));
        if (outcome.kind !== 'registered') refused.push(outcome);
        expect(outcome).toMatchObject({ kind: 'registered' });
      },
      { timeout: 15_000, interval: 10 },
    );
    return { refused, tookMs: performance.now() - startedAt };
  }

  async function expectFailover(old: RedisServer): Promise<void> {
    for (const { refused, tookMs } of await Promise.all([firstLogin(a), firstLogin(b)])) {
      expect(tookMs).toBeLessThan(firstLoginLimitMs);
      for (const outcome of refused) {
        expect(outcome).toMatchObject({ kind: 'unavailable', retryAfterMs: expect.any(Number) });
      }
    }
    await redis.newPrimary(old);
    await vi.waitFor(() => {
      for (const { registry } of [a, b])
        expect(registry.health()).toMatchObject({ reasons: [], isAuditing: false });
    }, patient);
    await expectAllHeld(a);
    for (const { registry } of [a, b]) expect(registry.counters.audits).toBeGreaterThan(0);
  }

  /** Each Sentinel tells of the failover by itself: the connections may be made anew a second time. */
  async function expectAllHeld(node: FleetNode): Promise<void> {
    await vi.waitFor(async () => {
      const lists = await Promise.all(held.map((session) => liveSessions(node, session)));
      expect(lists).toEqual(held.map(({ sessionId }) => [sessionId]));
    }, patient);
  }

  async function expectKicks(): Promise<void> {
    const phone = loginOf(freshUser());
    await vi.waitFor(() => register(a, phone), patient);
    await vi.waitFor(() => register(b, { ...loginOf(phone), instanceId: 'tablet' }), patient);
    expect((await hears(a, phone.sessionId)).kind).toBe('kicked');
  }

  it('goes on with the next primary when one is killed, with every session', async () => {
    const old = await redis.primary();
    await old.kill();
    await expectFailover(old);
    await expectKicks();
  });

  it('leaves a primary that stands still, which takes no writes when it wakes', async () => {
    const old = await redis.primary();
    old.pause();
    await expectFailover(old);
    old.resume();
    // Its clients of before are gone, and its replicas have left: min-replicas-to-write refuses it the rest.
    const write = await old.cli('SET', 'stale', 'yes').catch(String);
    expect(write).toMatch(/NOREPLICAS|READONLY/);
    await expectKicks();
    await expectAllHeld(b);
  });

  it('says which Sentinels do not know the primary', async () => {
    const url = redis.url.replace(/\/main$/, '/other');
    const registry = fleet.registry({ url, startTimeoutMs: 500 });
    const listener = {
      ...watchesNobody,
      kicked: vi.fn(),
      replaced: vi.fn(),
      held: holdsNobody,
    };
    await expect(registry.start(listener)).rejects.toThrow(/cannot reach Redis: .*sentinel/i);
  });
});
