import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../gateway/config/schema.ts';
import type { RegistryListener } from '../../gateway/registry/port.ts';
import { commanders, FaultProxy, subscribers } from '../faults/proxy.ts';
import { freshUser, loginOf, register, holdsNobody, watchesNobody } from './fleet.ts';
import { RedisFleet } from './fleets.ts';

const listener: RegistryListener = {
  ...watchesNobody,
  kicked: () => undefined,
  replaced: () => undefined,
  held: holdsNobody,
};

describe('the time-outs of a Redis registry', () => {
  const fleet = new RedisFleet();
  beforeAll(() => fleet.start());
  afterAll(() => fleet.stop());

  /** Keeps the event loop busy, as a long garbage collection or a loaded machine does. */
  function standStill(ms: number): void {
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt);
  }

  it('spare calls whose answers came while the process stood still', async () => {
    const node = await fleet.node({ commandTimeoutMs: 150 });
    await register(node, loginOf(freshUser()));
    const logins = Array.from({ length: 20 }, () => node.registry.login(loginOf(freshUser())));
    // The calls leave at the end of this turn; the answers come into a socket that nobody reads.
    await turn();
    standStill(1000);
    const kinds = (await Promise.all(logins)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['registered']));
    expect(node.registry.health().reasons).toEqual([]);
  });

  it('let a login be refused within a second as configured by default', async () => {
    const { commandTimeoutMs } = configSchema.shape.redis.parse({});
    const node = await fleet.node({ commandTimeoutMs });
    await register(node, loginOf(freshUser()));
    fleet.server.pause();
    const startedAt = performance.now();
    const outcome = await node.registry.login(loginOf(freshUser()));
    const tookMs = performance.now() - startedAt;
    fleet.server.resume();
    expect(outcome.kind).toBe('unavailable');
    expect(tookMs).toBeGreaterThanOrEqual(commandTimeoutMs);
    expect(tookMs).toBeLessThan(1000);
    await vi.waitFor(() => register(node, loginOf(freshUser())), { timeout: 10_000, interval: 10 });
  });

  it('end a link that swallows everything, so that a new one serves', async () => {
    const proxy = await FaultProxy.start(fleet.server.port);
    const node = await fleet.node({ url: proxy.url, commandTimeoutMs: 150 });
    await register(node, loginOf(freshUser()));
    proxy.lose(commanders);
    expect((await node.registry.login(loginOf(freshUser()))).kind).toBe('unavailable');
    await vi.waitFor(() => register(node, loginOf(freshUser())), { timeout: 4000, interval: 10 });
    await node.registry.stop();
    await proxy.stop();
  });

  it('leave a node that starts as long for a slow answer as for a connection', async () => {
    const registry = fleet.registry({ commandTimeoutMs: 150, startTimeoutMs: 5000 });
    await fleet.server.call('CLIENT', 'PAUSE', '700', 'WRITE');
    await registry.start(listener);
    expect(registry.health().ready).toBe(true);
    await registry.stop();
  });

  it('end that as well', async () => {
    const registry = fleet.registry({ commandTimeoutMs: 150, startTimeoutMs: 500 });
    await fleet.server.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    try {
      await expect(registry.start(listener)).rejects.toThrow(/^Redis (?:does|did) not answer/);
    } finally {
      await fleet.server.call('CLIENT', 'UNPAUSE');
    }
  });

  it('hold for the first subscription as well', async () => {
    const proxy = await FaultProxy.start(fleet.server.port);
    proxy.blackhole(subscribers, 'toClient');
    const registry = fleet.registry({ url: proxy.url, startTimeoutMs: 1500 });
    const startedAt = performance.now();
    await expect(registry.start(listener)).rejects.toThrow('cannot subscribe: no answer');
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await proxy.stop();
  });
});
