import { latencyReport, mergedHistogram } from './measure/histogram.ts';
import type { Vocabulary } from './report/fail-if.ts';
import type { Report, SystemReport } from './report/report.ts';
import type { BenchResult, RunResult, Subject } from './report/result.ts';

/** What conditions may ask of `bench login`. */
export function loginVocabulary(subjects: readonly Subject[]): Vocabulary {
  return {
    systems: subjects,
    latencies: ['login', 'answer'],
    numbers: [
      'cpuUsPerLogin',
      'redisCpuUsPerLogin',
      'loginsPerSecond',
      'rssBytesPerConnection',
      'heapBytesPerConnection',
    ],
  };
}

/** The result of rounds in turn as a report: medians of the numbers, the latencies of all rounds together. */
export function loginReport(result: BenchResult, interrupted: boolean): Report {
  const { bench, at, command, machine, versions, settings, failed, warnings, medians } = result;
  const systems = Object.keys(medians).map((name) => {
    const runs = result.rounds.flatMap((round) => round[name as Subject] ?? []);
    return [name, systemOf(runs, medians[name as Subject])] as const;
  });
  const [first, ...others] = systems;
  return {
    bench,
    at,
    command,
    machine,
    interrupted,
    failed,
    warnings,
    versions: { ...versions },
    settings: { ...settings },
    systems: Object.fromEntries(systems),
    ratios: Object.fromEntries(
      first === undefined
        ? []
        : others.map(([name, other]) => [name, ratiosOf(first[1], other)] as const),
    ),
    details: result,
  };
}

/** The runs of one subject as one: medians of the numbers, all latencies, all failures. */
export function systemOf(
  runs: readonly RunResult[],
  medians: BenchResult['medians'][Subject],
): SystemReport {
  const { loginMs: _, ...numbers } = medians ?? { loginMs: undefined };
  const failures: Record<string, number> = {};
  for (const run of runs) {
    for (const [why, count] of Object.entries(run.failures))
      failures[why] = (failures[why] ?? 0) + count;
  }
  return {
    numbers,
    latencies: {
      login: latencyReport(mergedHistogram(runs.map((run) => run.loginHistogram))),
      answer: latencyReport(mergedHistogram(runs.map((run) => run.answerHistogram))),
    },
    failures,
    seconds: [],
  };
}

/** Numbers of a system by those of another; null where one of them is missing. */
export function ratiosOf(first: SystemReport, other: SystemReport): Record<string, number | null> {
  const names = Object.keys(first.numbers).filter((name) => name in other.numbers);
  return Object.fromEntries(
    names.map((name) => {
      const [over, under] = [first.numbers[name], other.numbers[name]];
      return [name, over && under ? over / under : null];
    }),
  );
}
