import { randomBytes } from 'node:crypto';
import { Generators } from '../generator/generators.ts';
import { ratiosOf, systemOf } from '../login-report.ts';
import { mediansOf, warningsOf } from '../login.ts';
import { theseVersions, thisMachine } from '../report/machine.ts';
import type { Report } from '../report/report.ts';
import type { RunResult, Settings } from '../report/result.ts';
import { runOnce } from '../run.ts';
import { systems, type SystemName } from './systems.ts';

/** What is compared, and how. */
export interface CompareOrder {
  readonly names: readonly SystemName[];
  readonly settings: Settings;
  readonly command: string;
  readonly redisVersion: string;
  readonly show: (stage: string, detail?: string) => void;
  /** Hears the report of the rounds so far, after each. */
  readonly soFar: (report: Report) => void;
}

type Runs = ReadonlyMap<SystemName, RunResult[]>;

const app = { sdkAppId: 1_400_000_001, secret: randomBytes(32).toString('hex') };

/**
 * Runs all rounds, the systems in turn, so that a machine that slows down slows all; each run has new servers. Each round begins with
 * another system: what the kernel still works off of the connections of one is not always charged to the same next one.
 */
export async function compare(order: CompareOrder): Promise<Report> {
  const { settings, names } = order;
  const generators = new Generators(settings.generators);
  const runs: Runs = new Map(names.map((name) => [name, []]));
  try {
    order.show('makes tickets');
    for (const dialogue of new Set(names.map((name) => systems[name].dialogue))) {
      await generators.prepare(app, 'warmUp', settings.warmUp, dialogue);
      await generators.prepare(app, 'measured', settings.connections, dialogue);
    }
    for (let round = 1; round <= settings.rounds; round++) {
      const first = (round - 1) % names.length;
      for (const name of [...names.slice(first), ...names.slice(0, first)])
        runs.get(name)?.push(await runSystem(order, generators, name, round));
      order.soFar(reportOf(order, runs, round < settings.rounds));
    }
  } finally {
    generators.close();
  }
  return reportOf(order, runs, false);
}

function runSystem(
  { settings, show }: CompareOrder,
  generators: Generators,
  name: SystemName,
  round: number,
): Promise<RunResult> {
  const { dialogue, start } = systems[name];
  return runOnce({
    subject: name,
    settings,
    app,
    generators,
    dialogue,
    start: (redis) => {
      if (redis === undefined) throw new Error('a comparison has the registry in Redis');
      return start({ app, redisUrl: redis.url, folder: redis.folder });
    },
    show: (stage, detail) => show(`round ${round} of ${settings.rounds}, ${stage}`, detail),
    profile: undefined,
  });
}

function reportOf(order: CompareOrder, runs: Runs, interrupted: boolean): Report {
  const { settings, command, redisVersion } = order;
  const found = [...runs].map(([name, all]) => [name, systemOf(all, mediansOf(all))] as const);
  const [first, ...others] = found;
  const all = [...runs.values()].flat();
  const { connections, concurrency, rounds, warmUp, generators } = settings;
  return {
    bench: 'compare',
    at: new Date().toISOString(),
    command,
    machine: thisMachine(),
    versions: { ...theseVersions(redisVersion), ...peerVersions(order.names) },
    settings: { connections, concurrency, rounds, warmUp, generators },
    interrupted,
    systems: Object.fromEntries(found),
    ratios: Object.fromEntries(
      first === undefined
        ? []
        : others.map(([name, other]) => [name, ratiosOf(first[1], other)] as const),
    ),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    warnings: warningsOf(settings, all),
    details: { rounds: Object.fromEntries(runs) },
  };
}

function peerVersions(names: readonly SystemName[]): Record<string, string> {
  return Object.assign({}, ...names.map((name) => systems[name].versions())) as Record<
    string,
    string
  >;
}
