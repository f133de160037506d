import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { GatewayCounters } from './counters.ts';
import { presenceMetrics, type PresenceSources } from './presence-metrics.ts';
import { pushMetrics, type PushReading } from './push-metrics.ts';
import { restMetrics, type RestReading } from './rest-metrics.ts';
import { durations, labelled, register, single, type Scraped } from './scraped.ts';
import { v1Metrics, type V1Reading } from './v1-metrics.ts';
import { webhookMetrics, type WebhookReading } from './webhook-metrics.ts';
import { transportMetrics, type TransportReading } from './transport-metrics.ts';

/** What a node has done to keep the registry true, as plain numbers since the start. */
export interface RegistryReading {
  readonly audits: number;
  readonly auditedSessions: number;
  readonly reregistered: number;
  readonly auditKicks: number;
  readonly auditReplacements: number;
  readonly auditRemovals: number;
  readonly auditFailures: number;
  readonly renewedWatches: number;
  readonly leaseLapses: number;
  readonly failedBeats: number;
  readonly missedProbes: number;
  readonly sweptNodes: number;
  readonly sweepPauses: number;
  readonly sweptSessions: number;
}

/** Where the metrics of a node come from; each is read when somebody scrapes, and only then. */
export interface MetricSources extends PresenceSources {
  readonly version: string;
  /** The back end in use: `uws` or `ws`. */
  readonly transportKind: string;
  /** `memory` or `redis`. */
  readonly registryKind: string;
  readonly counters: GatewayCounters;
  /** Kick wars this node has seen begin. */
  readonly kickWars: () => number;
  /** Users whose devices fight over a place, as this node has seen of late. */
  readonly usersAtWar: () => number;
  readonly transport: () => TransportReading;
  /** Open connections without a login so far. */
  readonly pendingConnections: () => number;
  /** Whether the registry would accept a login. */
  readonly registryReady: () => boolean;
  /** Whether an audit has still to make up for notifications that may have been missed. */
  readonly registryAuditing: () => boolean;
  readonly registry: RegistryReading;
  readonly rest: RestReading;
  readonly v1: V1Reading;
  readonly pushes: PushReading;
  readonly webhooks: WebhookReading;
  /** What is left of this node's lease; Infinity where there is none. */
  readonly leaseLeftMs: () => number;
  /** Whether /readyz says yes. */
  readonly ready: () => boolean;
}

/** The metrics of one node in Prometheus' text format. */
export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Gauges of the library that call themselves counters; each only sums up one that stays. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * Builds the metrics of a node. No label ever holds a user, a session, an address or the text of an error: each
 * comes from a fixed list. Of Node's own metrics, `nodejs_eventloop_lag_seconds` measures the making of the answer
 * itself; use its `_mean` and `_p99` neighbours, or `gatehouse_event_loop_utilization_ratio`.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  register(registry, [
    ...nodeMetrics(sources),
    ...sessionMetrics(sources.counters),
    ...warMetrics(sources),
    ...requestMetrics(sources.counters),
    ...leaseMetrics(sources),
    ...registryMetrics(sources.registry),
    ...presenceMetrics(sources, sources.counters),
    ...transportMetrics(sources.transport),
    ...restMetrics(sources.rest),
    ...v1Metrics(sources.v1),
    ...pushMetrics(sources.pushes),
    ...webhookMetrics(sources.webhooks),
    single(
      'gauge',
      'pending_connections',
      'Open connections that owe a login.',
      sources.pendingConnections,
    ),
  ]);
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return { contentType: registry.contentType, render: () => registry.metrics() };
}

function nodeMetrics(sources: MetricSources): Scraped[] {
  const labels = {
    version: sources.version,
    node_version: process.version,
    transport: sources.transportKind,
    registry: sources.registryKind,
  };
  const info = { metricName: 'gatehouse_build_info', labels, value: 1 };
  const { ready, registryReady } = sources;
  return [
    {
      name: info.metricName,
      help: 'Always 1; what runs stands in the labels.',
      type: 'gauge',
      read: () => [info],
    },
    single('gauge', 'ready', 'Whether this node takes new clients, 1 or 0.', () => Number(ready())),
    single(
      'gauge',
      'registry_up',
      'Whether the session registry would accept a login, 1 or 0.',
      () => Number(registryReady()),
    ),
    single(
      'gauge',
      'event_loop_utilization_ratio',
      'Share of the time since the last scrape in which the event loop was busy, 0 to 1.',
      loopUtilization(),
    ),
  ];
}

function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

function sessionMetrics(counters: GatewayCounters): Scraped[] {
  return [
    labelled(
      'gauge',
      ['sessions', 'platform'],
      'Live sessions of this node.',
      () => counters.sessions,
    ),
    labelled(
      'counter',
      ['kicks_total', 'type'],
      'Sessions of this node ended by a kick.',
      () => counters.kicks,
    ),
    single(
      'counter',
      'replacements_total',
      'Sessions ended because their instance logged in again.',
      () => counters.replacements,
    ),
    single(
      'counter',
      'ticket_warnings_total',
      'Clients told that their ticket ends soon.',
      () => counters.ticketWarnings,
    ),
    single(
      'counter',
      'ticket_expiries_total',
      'Tickets that ended while their user was online.',
      () => counters.ticketExpiries,
    ),
    single(
      'counter',
      'ticket_renewals_total',
      'Tickets renewed on a live session.',
      () => counters.ticketRenewals,
    ),
  ];
}

function warMetrics({ kickWars, usersAtWar }: MetricSources): Scraped[] {
  return [
    single(
      'counter',
      'kick_wars_total',
      'Kick wars seen to begin: devices of a user pushed one another out too often.',
      kickWars,
    ),
    single(
      'gauge',
      'users_at_war',
      'Users a login of whom was damped on this node in the last minute.',
      usersAtWar,
    ),
  ];
}

function requestMetrics(counters: GatewayCounters): Scraped[] {
  return [
    single('counter', 'logins_total', 'Logins that were registered.', () => counters.logins),
    single(
      'counter',
      'repeat_logins_total',
      'Logins of the user who was logged in on the connection already.',
      () => counters.repeatLogins,
    ),
    single(
      'counter',
      'account_switches_total',
      'Logins on a connection that was logged in as another user.',
      () => counters.accountSwitches,
    ),
    single('counter', 'logouts_total', 'Logouts.', () => counters.logouts),
    labelled(
      'counter',
      ['refusals_total', 'code'],
      'Requests refused, by answer code.',
      () => counters.refusals,
    ),
    durations(
      'login_duration_seconds',
      'From a verified ticket to the answer of its login, of registered logins.',
      counters.loginDuration,
    ),
  ];
}

function leaseMetrics({ leaseLeftMs, registryAuditing }: MetricSources): Scraped[] {
  return [
    single(
      'gauge',
      'registry_lease_seconds',
      'What is left of the lease of this node; +Inf where there is none.',
      () => leaseLeftMs() / 1000,
    ),
    single(
      'gauge',
      'registry_auditing',
      'Whether an audit has still to make up for notifications that may have been missed, 1 or 0.',
      () => Number(registryAuditing()),
    ),
  ];
}

function registryMetrics(reading: RegistryReading): Scraped[] {
  const count = (name: string, help: string, read: () => number): Scraped =>
    single('counter', `registry_${name}_total`, help, read);
  const corrections = (): Readonly<Record<string, number>> => ({
    reregistered: reading.reregistered,
    kicked: reading.auditKicks,
    replaced: reading.auditReplacements,
    removed: reading.auditRemovals,
  });
  return [
    count('lease_lapses', 'Times the lease was found lapsed or lost.', () => reading.leaseLapses),
    count('failed_beats', 'Beats that Redis did not answer.', () => reading.failedBeats),
    count('missed_probes', 'Probes to itself the node never heard.', () => reading.missedProbes),
    count('audits', 'Full audits, each after a doubt.', () => reading.audits),
    count(
      'audited_sessions',
      'Sessions compared with their records.',
      () => reading.auditedSessions,
    ),
    count(
      'audit_failures',
      'Sessions and watches that could not be looked at, with Redis otherwise well.',
      () => reading.auditFailures,
    ),
    count(
      'renewed_watches',
      'Watched users this node has looked at again.',
      () => reading.renewedWatches,
    ),
    labelled(
      'counter',
      ['registry_corrections_total', 'type'],
      'Sessions an audit found otherwise than their records, by what became of them.',
      corrections,
    ),
    count('swept_nodes', 'Dead nodes swept to the end.', () => reading.sweptNodes),
    count(
      'sweep_pauses',
      'Times a sweep waited because the loop of this node was late.',
      () => reading.sweepPauses,
    ),
    count('swept_sessions', 'Sessions of dead nodes removed.', () => reading.sweptSessions),
  ];
}
