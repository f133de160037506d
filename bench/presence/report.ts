import { ratiosOf } from '../login-report.ts';
import { latencyReport, mergedHistogram } from '../measure/histogram.ts';
import { median } from '../measure/latencies.ts';
import type { Vocabulary } from '../report/fail-if.ts';
import { theseVersions, thisMachine } from '../report/machine.ts';
import type { MeasureName } from '../report/measures.ts';
import type { Report, SystemReport } from '../report/report.ts';
import type { Drive, DriveResult, PresenceResult, PresenceSubject } from './result.ts';

/** What conditions may ask of `bench presence`. */
export const presenceVocabulary: Vocabulary = {
  systems: ['gateway', 'publish'],
  latencies: ['delivery', 'deliveryFullSpeed'],
  numbers: [
    'cpuUsPerDelivery',
    'cpuUsPerDeliveryFullSpeed',
    'deliveriesPerSecond',
    'frameBytes',
    'senderCpuUsPerChange',
    'redisCpuUsPerChange',
    'redisCommandsPerChange',
    'rssBytesPerWatch',
    'heapBytesPerWatch',
    'watchersNodeIdleCores',
  ] satisfies MeasureName[],
};

/** What a report says besides what was measured. */
export interface ReportOrder {
  readonly command: string;
  readonly redisVersion: string;
  readonly interrupted: boolean;
}

/** Rounds in turn as a report: medians of the numbers, the latencies of all rounds together. */
export function presenceReport(result: PresenceResult, order: ReportOrder): Report {
  const { settings, failed, warnings, ...details } = result;
  const gateway = systemOf(result, 'gateway');
  const hasFloor = result.rounds.some(({ paced }) => paced.publish !== undefined);
  const publish = hasFloor ? systemOf(result, 'publish') : undefined;
  return {
    bench: 'presence',
    at: new Date().toISOString(),
    command: order.command,
    machine: thisMachine(),
    interrupted: order.interrupted,
    failed,
    warnings,
    versions: { ...theseVersions(order.redisVersion) },
    settings: { ...settings },
    systems: publish === undefined ? { gateway } : { gateway, publish },
    ratios: publish === undefined ? {} : { publish: ratiosOf(gateway, publish) },
    details,
  };
}

function systemOf(result: PresenceResult, subject: PresenceSubject): SystemReport {
  const { rounds, frameBytes } = result;
  const runsOf = (drive: Drive): DriveResult[] =>
    rounds.flatMap((round) => round[drive][subject] ?? []);
  const [paced, fullSpeed] = [runsOf('paced'), runsOf('fullSpeed')];
  const of = (runs: readonly DriveResult[], read: (run: DriveResult) => number): number =>
    median(runs.map(read));
  const latencyOf = (runs: readonly DriveResult[]): SystemReport['latencies'][string] =>
    latencyReport(mergedHistogram(runs.map(({ latencyHistogram }) => latencyHistogram)));
  return {
    numbers: {
      cpuUsPerDelivery: of(paced, (run) => run.cpuUsPerDelivery),
      cpuUsPerDeliveryFullSpeed: of(fullSpeed, (run) => run.cpuUsPerDelivery),
      deliveriesPerSecond: of(fullSpeed, (run) => run.deliveriesPerSecond),
      frameBytes,
      ...(subject === 'gateway' ? gatewayNumbers(result, paced) : {}),
    },
    latencies: { delivery: latencyOf(paced), deliveryFullSpeed: latencyOf(fullSpeed) },
    failures: failuresOf([...paced, ...fullSpeed]),
    seconds: [],
  };
}

/** What the floor has nothing like: node A, Redis, the watches. */
function gatewayNumbers(
  { watches, restUsPerSecond }: PresenceResult,
  paced: readonly DriveResult[],
): Partial<Record<MeasureName, number>> {
  const behind = paced.flatMap((run) => run.behind ?? []);
  const commands = behind.map(({ redisCommandsPerChange }) =>
    Object.values(redisCommandsPerChange).reduce((sum, calls) => sum + calls, 0),
  );
  return {
    senderCpuUsPerChange: median(behind.map((it) => it.nodeACpuUsPerChange)),
    redisCpuUsPerChange: median(behind.map((it) => it.redisCpuUsPerChange)),
    redisCommandsPerChange: median(commands),
    rssBytesPerWatch: watches.rssBytesEach,
    heapBytesPerWatch: watches.heapBytesEach,
    watchersNodeIdleCores: restUsPerSecond / 1e6,
  };
}

function failuresOf(runs: readonly DriveResult[]): Record<string, number> {
  const missing = runs.reduce((sum, run) => sum + run.missing, 0);
  return missing === 0 ? {} : { 'not delivered': missing };
}
