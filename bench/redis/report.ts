import { histogramOf, latencyReport } from '../measure/histogram.ts';
import { median } from '../measure/latencies.ts';
import type { Vocabulary } from '../report/fail-if.ts';
import { theseVersions, thisMachine } from '../report/machine.ts';
import type { MeasureName, TimingName } from '../report/measures.ts';
import type { Report, SystemReport } from '../report/report.ts';
import type { RedisPart, RedisResult, RedisSettings } from './run.ts';

const usPerMs = 1000;

/** What is measured of Redis, by its name in a report. */
const systemsOf = {
  memory: ['oneSession', 'oneSessionListpack256', 'threeSessions', 'threeSessionsListpack256'],
  failovers: ['killFenced', 'pauseFenced', 'pauseUnfenced'],
  calls: ['standalone', 'cluster'],
  pushes: ['push', 'pushKept'],
} as const satisfies Record<RedisPart, readonly string[]>;

/** What conditions may ask of these parts. */
export function redisVocabulary(parts: readonly RedisPart[]): Vocabulary {
  return {
    systems: parts.flatMap((part) => systemsOf[part]),
    latencies: ['firstLogin', 'writable'] satisfies TimingName[],
    numbers: [
      'redisBytesPerUser',
      'redisBytesPerSession',
      'refused',
      'staleWrites',
      'staleTries',
      'registryCpuUsPerLogin',
      'registryCpuUsPerPush',
      'redisCpuUsPerPush',
      'redisCommandsPerPush',
    ] satisfies MeasureName[],
  };
}

/** What a report says besides what was measured. */
export interface ReportOrder {
  readonly settings: RedisSettings;
  readonly command: string;
  readonly redisVersion: string;
  readonly interrupted: boolean;
}

/** What was measured so far as a report: medians of the numbers, all times of the failovers. */
export function redisReport(result: RedisResult, order: ReportOrder): Report {
  const { settings, command, redisVersion, interrupted } = order;
  return {
    bench: 'redis',
    at: new Date().toISOString(),
    command,
    machine: thisMachine(),
    versions: { ...theseVersions(redisVersion) },
    settings: { ...settings },
    interrupted,
    systems: {
      ...memorySystems(result.memory),
      ...failoverSystems(result.failovers),
      ...callSystems(result.calls),
      ...pushSystems(result.pushes),
    },
    ratios: {},
    failed: 0,
    warnings: [],
    details: result,
  };
}

function memorySystems(all: RedisResult['memory']): Record<string, SystemReport> {
  return Object.fromEntries(
    all.map(({ listpackValue, sessionsPerUser, bytesPerUser, bytesPerSession }) => {
      const name = `${sessionsPerUser === 1 ? 'oneSession' : 'threeSessions'}${listpackValue === 64 ? '' : 'Listpack256'}`;
      return [
        name,
        system({ redisBytesPerUser: bytesPerUser, redisBytesPerSession: bytesPerSession }),
      ];
    }),
  );
}

function failoverSystems(all: RedisResult['failovers']): Record<string, SystemReport> {
  const groups = grouped(all, (it) => `${it.fault}${it.isFenced ? 'Fenced' : 'Unfenced'}`);
  return mapped(groups, (runs) => {
    const sum = (read: (it: (typeof runs)[number]) => number): number =>
      runs.reduce((total, it) => total + read(it), 0);
    const times = (
      read: (it: (typeof runs)[number]) => number,
    ): SystemReport['latencies'][string] =>
      latencyReport(histogramOf(runs.map((it) => read(it) * usPerMs)));
    return {
      ...system({
        refused: sum((it) => it.refused),
        staleWrites: sum((it) => it.staleWrites),
        staleTries: sum((it) => it.staleTries),
      }),
      latencies: {
        firstLogin: times((it) => it.firstLoginMs),
        writable: times((it) => it.writableMs),
      },
    };
  });
}

function callSystems(all: RedisResult['calls']): Record<string, SystemReport> {
  const groups = grouped(all, ({ topology }) => topology);
  return mapped(groups, (runs) =>
    system({ registryCpuUsPerLogin: median(runs.map((it) => it.cpuUsPerLogin)) }),
  );
}

function pushSystems(all: RedisResult['pushes']): Record<string, SystemReport> {
  const groups = grouped(all, ({ isKept }) => (isKept ? 'pushKept' : 'push'));
  return mapped(groups, (runs) => {
    const commands = runs.map(({ commandsPerPush }) =>
      Object.values(commandsPerPush).reduce((sum, calls) => sum + calls, 0),
    );
    return system({
      registryCpuUsPerPush: median(runs.map((it) => it.cpuUsPerPush)),
      redisCpuUsPerPush: median(runs.map((it) => it.redisCpuUsPerPush)),
      redisCommandsPerPush: median(commands),
    });
  });
}

function system(numbers: Partial<Record<MeasureName, number>>): SystemReport {
  return { numbers, latencies: {}, failures: {}, seconds: [] };
}

function grouped<T>(all: readonly T[], nameOf: (it: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const it of all) groups.set(nameOf(it), [...(groups.get(nameOf(it)) ?? []), it]);
  return groups;
}

function mapped<T>(
  groups: ReadonlyMap<string, T[]>,
  make: (runs: readonly T[]) => SystemReport,
): Record<string, SystemReport> {
  return Object.fromEntries([...groups].map(([name, runs]) => [name, make(runs)]));
}
