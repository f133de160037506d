import { ratiosOf } from '../login-report.ts';
import { latencyReport, mergedHistogram } from '../measure/histogram.ts';
import type { Vocabulary } from '../report/fail-if.ts';
import type { Report, SystemReport } from '../report/report.ts';
import type { PresenceResult, PresenceSubject } from './result.ts';

/** What conditions may ask of `bench presence`. */
export const presenceVocabulary: Vocabulary = {
  systems: ['gateway', 'publish'],
  latencies: ['delivery', 'deliveryFullSpeed'],
  numbers: ['cpuUsPerDelivery', 'deliveriesPerSecond'],
};

/** The result as a report: CPU of the paced drive, deliveries a second of full speed, latencies of each. */
export function presenceReport(result: PresenceResult): Report {
  const { bench, at, command, machine, versions, settings, failed, warnings } = result;
  const gateway = systemOf(result, 'gateway');
  const publish = result.ratio === null ? undefined : systemOf(result, 'publish');
  return {
    bench,
    at,
    command,
    machine,
    interrupted: false,
    failed,
    warnings,
    versions: { ...versions },
    settings: { ...settings },
    systems: publish === undefined ? { gateway } : { gateway, publish },
    ratios: publish === undefined ? {} : { publish: ratiosOf(gateway, publish) },
    details: result,
  };
}

function systemOf({ rounds, medians }: PresenceResult, subject: PresenceSubject): SystemReport {
  const latencyOf = (drive: 'paced' | 'fullSpeed'): SystemReport['latencies'][string] =>
    latencyReport(
      mergedHistogram(rounds.flatMap((round) => round[drive][subject]?.latencyHistogram ?? [])),
    );
  return {
    numbers: {
      cpuUsPerDelivery: medians.paced[subject]?.cpuUsPerDelivery ?? null,
      deliveriesPerSecond: medians.fullSpeed[subject]?.deliveriesPerSecond ?? null,
    },
    latencies: { delivery: latencyOf('paced'), deliveryFullSpeed: latencyOf('fullSpeed') },
    failures: {},
    seconds: [],
  };
}
