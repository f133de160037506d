import { randomBytes } from 'node:crypto';
import { Generators } from './generator/generators.ts';
import { median } from './measure/latencies.ts';
import { theseVersions, thisMachine } from './report/machine.ts';
import type { BenchResult, Medians, RunResult, Settings, Subject } from './report/result.ts';
import { runOnce } from './run.ts';

/** What a bench is asked for. */
export interface BenchOrder {
  readonly bench: 'login' | 'floor';
  readonly subjects: readonly Subject[];
  readonly settings: Settings;
  /** The command line, for whoever reads the result. */
  readonly command: string;
  /** Version of the redis-server. */
  readonly redisVersion: string;
  readonly show: (stage: string, detail?: string) => void;
  /** Hears the result of the rounds so far, after each. */
  readonly soFar?: (result: BenchResult) => void;
  /** Folder for CPU profiles of the logins. */
  readonly profileFolder?: string | undefined;
}

/** A key made anew each time: one that is nobody's needs no keeping. */
const app = { sdkAppId: 1_400_000_001, secret: randomBytes(32).toString('hex') };

type Round = Partial<Record<Subject, RunResult>>;

/** Runs all rounds, the subjects in turn so that a machine that slows down slows both. */
export async function runBench(order: BenchOrder): Promise<BenchResult> {
  const { settings, subjects } = order;
  const generators = new Generators(settings.generators);
  const rounds: Round[] = [];
  try {
    order.show('makes tickets');
    await generators.prepare(app, 'warmUp', settings.warmUp);
    await generators.prepare(app, 'measured', settings.connections);
    for (let number = 1; number <= settings.rounds; number++) {
      const round: Round = {};
      for (const subject of subjects)
        round[subject] = await runSubject(order, generators, { subject, number });
      rounds.push(round);
      order.soFar?.(resultOf(order, rounds));
    }
  } finally {
    generators.close();
  }
  return resultOf(order, rounds);
}

function runSubject(
  { settings, show, profileFolder }: BenchOrder,
  generators: Generators,
  { subject, number }: { readonly subject: Subject; readonly number: number },
): Promise<RunResult> {
  return runOnce({
    subject,
    settings,
    app,
    generators,
    show: (stage, detail) => show(`round ${number} of ${settings.rounds}, ${stage}`, detail),
    profile: profileFolder && `${profileFolder}/${subject}-${number}.cpuprofile`,
  });
}

function resultOf(order: BenchOrder, rounds: readonly Round[]): BenchResult {
  const { bench, settings, command, subjects, redisVersion, profileFolder } = order;
  const runs = rounds.flatMap((round) => subjects.map((subject) => round[subject] as RunResult));
  return {
    bench,
    format: 1,
    at: new Date().toISOString(),
    command,
    machine: thisMachine(),
    versions: theseVersions(redisVersion),
    settings,
    rounds,
    medians: Object.fromEntries(
      subjects.map((subject) => [subject, mediansOf(rounds.map((it) => it[subject] as RunResult))]),
    ),
    ratio: ratioOf(rounds, 'gateway', 'floor'),
    webhookRatio: ratioOf(rounds, 'webhooks', 'gateway'),
    safetyRatio: ratioOf(rounds, 'gateway', 'unguarded'),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    warnings: [...warningsOf(settings, runs), ...(profileFolder === undefined ? [] : [profiled])],
  };
}

/** The medians of the runs of one subject. */
export function mediansOf(runs: readonly RunResult[]): Medians {
  const of = (read: (run: RunResult) => number): number => median(runs.map(read));
  const redis = runs.map((run) => run.redisCpuUsPerLogin).filter((it) => it !== null);
  return {
    cpuUsPerLogin: of((run) => run.cpuUsPerLogin),
    redisCpuUsPerLogin: redis.length === 0 ? null : median(redis),
    loginsPerSecond: of((run) => run.loginsPerSecond),
    rssBytesPerConnection: of((run) => run.rssBytesPerConnection),
    heapBytesPerConnection: of((run) => run.heapBytesPerConnection),
    loginMs: {
      p50: of((run) => run.loginMs.p50),
      p90: of((run) => run.loginMs.p90),
      p99: of((run) => run.loginMs.p99),
      max: of((run) => run.loginMs.max),
    },
  };
}

function ratioOf(rounds: readonly Round[], of: Subject, by: Subject): BenchResult['ratio'] {
  const both = rounds.flatMap((round) => {
    const [over, under] = [round[of], round[by]];
    return over && under ? [{ over: over.cpuUsPerLogin, under: under.cpuUsPerLogin }] : [];
  });
  if (both.length === 0) return null;
  return {
    median: median(both.map((it) => it.over)) / median(both.map((it) => it.under)),
    rounds: both.map((it) => it.over / it.under),
  };
}

const profiled = 'the logins were profiled, which slows the server: do not compare these numbers';

const busyMachine =
  'other programs used CPU meanwhile: numbers scatter, and logins a second and latencies are too bad';
const lazyGenerator =
  'the load generator was the bottleneck: logins a second and latencies are its own, and a server with time to ' +
  'spare batches less; CPU a login still holds. More --generators help if there are cores for them';

const fewConnections =
  'memory is only good from 5,000 connections on: pages that were free before hide what fewer take';

/** What a reader of these runs should know. */
export function warningsOf({ connections }: Settings, runs: readonly RunResult[]): string[] {
  const isBusy = runs.some(({ load }) => load.others > 0.25);
  const isBound = runs.some(({ load }) => load.generator > 0.9 && load.server < 0.9);
  const warnings: string[] = [];
  if (isBusy) warnings.push(busyMachine);
  if (isBound) warnings.push(lazyGenerator);
  if (connections < 5000) warnings.push(fewConnections);
  return warnings;
}
