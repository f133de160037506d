import { labelled, single, type Scraped } from './scraped.ts';

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

/** How the lease of a node is. */
export interface LeaseSources {
  /** What is left of it; Infinity where there is none. */
  readonly leaseLeftMs: () => number;
  /** Whether an audit has still to make up for notifications that may have been missed. */
  readonly registryAuditing: () => boolean;
}

/** Whether this node may register sessions, and goes by all it should know. */
export function leaseMetrics({ leaseLeftMs, registryAuditing }: LeaseSources): Scraped[] {
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

/** What was done to keep the registry true. */
export function registryMetrics(reading: RegistryReading): Scraped[] {
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
