import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { GatewayCounters } from './counters.ts';
import { presenceMetrics, type PresenceSources } from './presence-metrics.ts';
import { pushMetrics, type PushReading } from './push-metrics.ts';
import { restMetrics, type RestReading } from './rest-metrics.ts';
import {
  leaseMetrics,
  registryMetrics,
  type LeaseSources,
  type RegistryReading,
} from './registry-metrics.ts';
import { register, single, type Scraped } from './scraped.ts';
import { requestMetrics, sessionMetrics, warMetrics, type WarSources } from './session-metrics.ts';
import { v1Metrics, type V1Reading } from './v1-metrics.ts';
import { webhookMetrics, type WebhookReading } from './webhook-metrics.ts';
import { transportMetrics, type TransportReading } from './transport-metrics.ts';

/** Where the metrics of a node come from; each is read when somebody scrapes, and only then. */
export interface MetricSources extends PresenceSources, WarSources, LeaseSources {
  readonly version: string;
  /** The back end in use: `uws` or `ws`. */
  readonly transportKind: string;
  /** `memory` or `redis`. */
  readonly registryKind: string;
  readonly counters: GatewayCounters;
  readonly transport: () => TransportReading;
  /** Open connections without a login so far. */
  readonly pendingConnections: () => number;
  /** Whether the registry would accept a login. */
  readonly registryReady: () => boolean;
  readonly registry: RegistryReading;
  readonly rest: RestReading;
  readonly v1: V1Reading;
  readonly pushes: PushReading;
  readonly webhooks: WebhookReading;
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
