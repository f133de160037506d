import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { V1Counters } from '../../gateway/admin/v1/v1-counters.ts';
import { WebhookCounters } from '../../gateway/webhook/counters.ts';
import { RestCounters } from '../../gateway/admin/rest/rest-counters.ts';
import { GatewayCounters } from '../../gateway/observe/counters.ts';
import { createMetrics, type MetricSources } from '../../gateway/observe/metrics.ts';
import { PresenceCounters } from '../../gateway/presence/counters.ts';
import { PushCounters } from '../../gateway/push/counters.ts';
import { RegistryCounters } from '../../gateway/registry/counters.ts';
import { TransportCounters } from '../../gateway/transport/counters.ts';
import { namingFaults, parseExposition, type Family } from './exposition.ts';

function sourcesOf(change: Partial<MetricSources> = {}): MetricSources {
  const transport = new TransportCounters();
  return {
    version: '1.2.3',
    transportKind: 'uws',
    registryKind: 'memory',
    counters: new GatewayCounters(),
    kickWars: () => 4,
    usersAtWar: () => 1,
    transport: () => transport,
    pendingConnections: () => 2,
    registryReady: () => true,
    registryAuditing: () => false,
    registry: new RegistryCounters(),
    rest: new RestCounters(),
    v1: new V1Counters(),
    pushes: new PushCounters(),
    webhooks: new WebhookCounters(),
    leaseLeftMs: () => Infinity,
    ready: () => true,
    lostSessions: () => 0,
    presence: new PresenceCounters(),
    watchedUsers: () => 0,
    watches: () => 0,
    ...change,
  };
}

async function scrape(sources: MetricSources): Promise<ReadonlyMap<string, Family>> {
  const text = await createMetrics(sources).render();
  return new Map(parseExposition(text).map((family) => [family.name, family]));
}

function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const samples = families.get(`gatehouse_${name}`)?.samples ?? [];
  return samples.find((sample) =>
    Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;
}

describe('the metrics', () => {
  it('have every one that a document names', async () => {
    const families = await scrape(sourcesOf());
    const docs = new URL('../../docs/', import.meta.url);
    for (const page of readdirSync(docs).filter((name) => name.endsWith('.md'))) {
      const named = readFileSync(new URL(page, docs), 'utf8').matchAll(/\bgatehouse_[a-z_]+\b/g);
      for (const [name] of named) expect([...families.keys()], page).toContain(name);
    }
  });

  it("keep Prometheus' rules for names", async () => {
    const families = [...(await scrape(sourcesOf())).values()];
    const own = families.filter((family) => family.name.startsWith('gatehouse_'));
    expect(own.length).toBeGreaterThan(20);
    expect(own.flatMap(namingFaults)).toEqual([]);
    const totals = families.filter((family) => family.name.endsWith('_total'));
    expect(totals.filter((family) => family.type !== 'counter')).toEqual([]);
  });

  it('have labels from fixed lists only, and few series', async () => {
    const families = [...(await scrape(sourcesOf())).values()];
    const own = families.filter((family) => family.name.startsWith('gatehouse_'));
    const samples = own.flatMap((family) => family.samples);
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const allowed = [
      'version',
      'node_version',
      'transport',
      'registry',
      'platform',
      'type',
      'code',
      'reason',
      'command',
      'route',
      'le',
    ];
    expect([...labels].filter((label) => !allowed.includes(label))).toEqual([]);
    expect(samples.length).toBeLessThan(250);
    expect(families.flatMap((family) => family.samples).length).toBeLessThan(500);
  });

  it("include Node's own", async () => {
    const families = await scrape(sourcesOf());
    expect(families.has('process_resident_memory_bytes')).toBe(true);
    expect(families.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  });

  it('say what runs and how it is', async () => {
    const up = await scrape(sourcesOf());
    expect(up.get('gatehouse_build_info')?.samples).toMatchObject([
      { labels: { version: '1.2.3', transport: 'uws', registry: 'memory' }, value: 1 },
    ]);
    expect([valueOf(up, 'ready'), valueOf(up, 'registry_up')]).toEqual([1, 1]);
    const down = await scrape(sourcesOf({ ready: () => false, registryReady: () => false }));
    expect([valueOf(down, 'ready'), valueOf(down, 'registry_up')]).toEqual([0, 0]);
    expect(valueOf(up, 'event_loop_utilization_ratio')).toBeLessThanOrEqual(1);
  });

  it('tell what it took to keep the registry true', async () => {
    const registry = Object.assign(new RegistryCounters(), {
      auditKicks: 3,
      auditRemovals: 2,
      sweptSessions: 5,
    });
    const families = await scrape(
      sourcesOf({ registry, leaseLeftMs: () => 4500, registryAuditing: () => true }),
    );
    expect(valueOf(families, 'registry_lease_seconds')).toBe(4.5);
    expect(valueOf(families, 'registry_auditing')).toBe(1);
    expect(valueOf(families, 'registry_corrections_total', { type: 'kicked' })).toBe(3);
    expect(valueOf(families, 'registry_corrections_total', { type: 'replaced' })).toBe(0);
    expect(valueOf(families, 'registry_corrections_total', { type: 'removed' })).toBe(2);
    expect(valueOf(families, 'registry_swept_sessions_total')).toBe(5);
    expect(valueOf(await scrape(sourcesOf()), 'registry_lease_seconds')).toBe(Infinity);
  });

  it('tell of kick wars', async () => {
    const families = await scrape(sourcesOf());
    expect(valueOf(families, 'kick_wars_total')).toBe(4);
    expect(valueOf(families, 'users_at_war')).toBe(1);
  });

  it('tell of presence and of held sessions', async () => {
    const presence = Object.assign(new PresenceCounters(), { notifications: 9, coalesced: 2 });
    const counters = Object.assign(new GatewayCounters(), { lostLinks: 3, regainedLinks: 1 });
    const watched = { watchedUsers: () => 4, watches: () => 6, lostSessions: () => 2 };
    const families = await scrape(sourcesOf({ presence, counters, ...watched }));
    expect(valueOf(families, 'watched_users')).toBe(4);
    expect(valueOf(families, 'watches')).toBe(6);
    expect(valueOf(families, 'lost_sessions')).toBe(2);
    expect(valueOf(families, 'lost_links_total')).toBe(3);
    expect(valueOf(families, 'regained_links_total')).toBe(1);
    expect(valueOf(families, 'presence_notifications_total')).toBe(9);
    expect(valueOf(families, 'presence_coalesced_changes_total')).toBe(2);
  });

  it('read the counters at each scrape', async () => {
    const counters = new GatewayCounters();
    const metrics = createMetrics(sourcesOf({ counters }));
    const read = async () =>
      new Map(parseExposition(await metrics.render()).map((family) => [family.name, family]));
    expect(valueOf(await read(), 'refusals_total', { code: 'ticketExpired' })).toBe(0);

    counters.countLogin('web', 3);
    counters.countLogin('ios', 0.1);
    counters.countSessionEnd('ios');
    counters.countRefusal('ticketExpired');
    counters.countKick('multipleDevice');
    counters.ticketRenewals++;
    const now = await read();
    expect(valueOf(now, 'logins_total')).toBe(2);
    expect(valueOf(now, 'sessions', { platform: 'web' })).toBe(1);
    expect(valueOf(now, 'sessions', { platform: 'ios' })).toBe(0);
    expect(valueOf(now, 'refusals_total', { code: 'ticketExpired' })).toBe(1);
    expect(valueOf(now, 'kicks_total', { type: 'multipleDevice' })).toBe(1);
    expect(valueOf(now, 'ticket_renewals_total')).toBe(1);
  });

  it('take what passed through the transport', async () => {
    const transport = new TransportCounters();
    Object.assign(transport, { opened: 5, closed: 2, framesIn: 7, bytesOut: 900, dropped: 1 });
    transport.refused.origin = 4;
    transport.closes.kicked = 3;
    const families = await scrape(sourcesOf({ transport: () => transport }));
    expect(valueOf(families, 'connections')).toBe(3);
    expect(valueOf(families, 'closes_total', { code: 'kicked' })).toBe(3);
    expect(valueOf(families, 'connections_opened_total')).toBe(5);
    expect(valueOf(families, 'received_frames_total')).toBe(7);
    expect(valueOf(families, 'sent_bytes_total')).toBe(900);
    expect(valueOf(families, 'dropped_frames_total')).toBe(1);
    expect(valueOf(families, 'connections_refused_total', { reason: 'origin' })).toBe(4);
  });

  it('count the durations of logins in seconds, each bucket with those below it', async () => {
    const counters = new GatewayCounters();
    for (const ms of [0.25, 0.26, 3, 60_000]) counters.loginDuration.add(ms);
    const histogram = (await scrape(sourcesOf({ counters }))).get(
      'gatehouse_login_duration_seconds',
    );
    const buckets = Object.fromEntries(
      (histogram?.samples ?? []).map(({ name, labels, value }) => [labels['le'] ?? name, value]),
    );
    expect(histogram?.type).toBe('histogram');
    expect(buckets).toMatchObject({
      '0.00025': 1,
      '0.0005': 2,
      '0.0025': 2,
      '0.005': 3,
      '5': 3,
      '+Inf': 4,
      gatehouse_login_duration_seconds_count: 4,
    });
    expect(buckets['gatehouse_login_duration_seconds_sum']).toBeCloseTo(60.00351, 9);
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;
  it.runIf(promtool)('pass promtool', async () => {
    const input = await createMetrics(sourcesOf()).render();
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});

describe('the check of metric names', () => {
  const family = { help: 'Something that is counted.', samples: [] };
  it.each([
    ['gatehouse_logins', 'counter'],
    ['gatehouse_sessions_total', 'gauge'],
    ['gatehouse_login_duration_ms', 'histogram'],
    ['gatehouse_login_duration', 'histogram'],
    ['gatehouseLogins_total', 'counter'],
    ['gatehouse_counter_total', 'counter'],
  ])('finds the fault of %s as a %s', (name, type) => {
    expect(namingFaults({ ...family, name, type })).not.toEqual([]);
  });
});
