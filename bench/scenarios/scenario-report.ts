import { theseVersions, thisMachine } from '../report/machine.ts';
import type { TimingName } from '../report/measures.ts';
import type { Vocabulary } from '../report/fail-if.ts';
import type { Report } from '../report/report.ts';
import type { ScenarioRun } from './scenario-run.ts';
import type { Scenario } from './scenario.ts';

const operationNumbers = [
  'cpuUsPerOperation',
  'redisCpuUsPerOperation',
  'redisCommandsPerOperation',
  'operationsPerSecond',
] as const;
const commonNumbers = ['rssBytes', 'loopDelayP99Ms', 'loopDelayMaxMs'] as const;

/** Beyond it a generator's own queue is in the latencies. */
const lateMs = 20;

/** What conditions may ask of a scenario. */
export function scenarioVocabulary(scenario: Scenario): Vocabulary {
  const { timings, numbers, hasOperations } = scenario;
  const each = hasOperations ? operationNumbers : [];
  return {
    systems: ['gateway'],
    latencies: timings,
    numbers: [...numbers, ...each, ...commonNumbers],
  };
}

/** What of a run a report is made of, besides the run. */
export interface ReportOrder {
  readonly scenario: Scenario;
  readonly command: string;
  readonly redisVersion: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly interrupted: boolean;
}

/** What a run has measured so far. */
export function scenarioReport(run: ScenarioRun, order: ReportOrder): Report {
  const { scenario, command, redisVersion, settings, interrupted } = order;
  const { recorder, clients, watch } = run;
  const counted = scenario.count(run);
  // What had not come when a run was cut short might still have come.
  const missing = interrupted ? {} : missingOf(counted);
  const stopped = run.notes['stoppedAt'] === undefined ? {} : { 'too little memory': 1 };
  const failures: Record<string, number> = { ...clients.tally.failures, ...missing, ...stopped };
  const { operation = scenario.timings[0] } = scenario;
  const each = {
    ...watch.perOperation(recorder.count(operation)),
    operationsPerSecond: recorder.perSecond(operation),
  };
  return {
    bench: scenario.name,
    at: new Date().toISOString(),
    command,
    machine: thisMachine(),
    versions: { ...theseVersions(redisVersion) },
    settings,
    interrupted,
    systems: {
      gateway: {
        numbers: {
          ...counted,
          ...(scenario.hasOperations ? each : {}),
          ...watch.numbers(),
        },
        latencies: Object.fromEntries(
          scenario.timings.map((name: TimingName) => [name, recorder.latency(name)]),
        ),
        failures,
        seconds: recorder.seconds,
      },
    },
    ratios: {},
    failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
    warnings: warningsOf(run),
  };
}

function mebibytes(bytes = 0): number {
  return Math.round(bytes / 2 ** 20);
}

/** What should have come and did not, or came twice. */
function missingOf(counted: ReturnType<Scenario['count']>): Record<string, number> {
  const missing = {
    kicksLost: counted.kicksLost ?? 0,
    pushesLost: counted.pushesLost ?? 0,
    pushesDoubled: counted.pushesDoubled ?? 0,
    expiryMissing: counted.expiryMissing ?? 0,
    presenceLost: counted.presenceLost ?? 0,
    untold: counted.untold ?? 0,
    'not back': (counted.affected ?? 0) - (counted.back ?? 0),
  };
  return Object.fromEntries(Object.entries(missing).filter(([, count]) => count > 0));
}

function warningsOf({ recorder, watch, site, settings, notes }: ScenarioRun): string[] {
  const { load } = watch;
  const warnings: string[] = [];
  const lateness = recorder.latency('lateness');
  if (lateness.p99 > lateMs)
    warnings.push(
      `the load generator was the bottleneck: it sent 1 % of its work more than ${lateness.p99.toFixed(0)} ms late, which is part of the latencies; more --generators help if there are cores for them`,
    );
  else if (load !== undefined && load.generator > 0.9)
    warnings.push(
      'the load generator was the bottleneck: it had a core busy all the time; more --generators help if there are cores for them',
    );
  if (site.nodes.length > 0 && load !== undefined && load.others > 0.25)
    warnings.push('other programs used CPU meanwhile: numbers scatter, and latencies are too bad');
  if (notes['stoppedAt'] !== undefined)
    warnings.push(
      `stopped at ${notes['stoppedAt']} connections: the machine had only ${mebibytes(notes['leastFreeBytes'])} MiB of memory left, and ${settings.keepFree} are to stay (--keep-free)`,
    );
  if ((notes['redisNice'] ?? -1) >= 0)
    warnings.push(
      'Redis shared the cores with all other processes as one of many: only root may let it go first',
    );
  if (notes['rssBytes'] !== undefined && settings.connections < 5000)
    warnings.push(
      'memory is only good from 5,000 connections on: pages that were free before hide what fewer take',
    );
  return warnings;
}
