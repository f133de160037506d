import { median } from '../measure/latencies.ts';
import type {
  Drive,
  DriveMedians,
  DriveResult,
  PresenceRatio,
  PresenceRound,
  PresenceSubject,
} from './result.ts';

/** The medians of one drive, of each subject that was measured. */
export function mediansOf(
  rounds: readonly PresenceRound[],
  drive: Drive,
): Partial<Record<PresenceSubject, DriveMedians>> {
  const medians: Partial<Record<PresenceSubject, DriveMedians>> = {};
  for (const subject of ['gateway', 'publish'] as const) {
    const runs = rounds.flatMap((round) => round[drive][subject] ?? []);
    const of = (read: (run: DriveResult) => number): number => median(runs.map(read));
    if (runs.length === 0) continue;
    medians[subject] = {
      cpuUsPerDelivery: of((run) => run.cpuUsPerDelivery),
      deliveriesPerSecond: of((run) => run.deliveriesPerSecond),
      latencyMs: {
        p50: of((run) => run.latencyMs.p50),
        p90: of((run) => run.latencyMs.p90),
        p99: of((run) => run.latencyMs.p99),
        max: of((run) => run.latencyMs.max),
      },
      behind: behindOf(runs),
    };
  }
  return medians;
}

function behindOf(runs: readonly DriveResult[]): DriveMedians['behind'] {
  const all = runs.flatMap(({ behind }) => behind ?? []);
  if (all.length === 0) return null;
  const names = [...new Set(all.flatMap((it) => Object.keys(it.redisCommandsPerChange)))];
  return {
    nodeACpuUsPerChange: median(all.map((it) => it.nodeACpuUsPerChange)),
    redisCpuUsPerChange: median(all.map((it) => it.redisCpuUsPerChange)),
    redisCommandsPerChange: Object.fromEntries(
      names.map((name) => [name, median(all.map((it) => it.redisCommandsPerChange[name] ?? 0))]),
    ),
  };
}

/** What a delivery costs the gateway by what it costs bare publish. */
export function ratioOf(rounds: readonly PresenceRound[], drive: Drive): PresenceRatio {
  const both = rounds.map((round) => ({
    gateway: round[drive].gateway?.cpuUsPerDelivery ?? Number.NaN,
    publish: round[drive].publish?.cpuUsPerDelivery ?? Number.NaN,
  }));
  const ofMedians = median(both.map((it) => it.gateway)) / median(both.map((it) => it.publish));
  return {
    median: ofMedians,
    rounds: both.map((it) => it.gateway / it.publish),
    percentOfPublish: 100 / ofMedians,
  };
}
