import { onInterruption } from './interruption.ts';
import type { Outputs } from './report/outputs.ts';
import { Progress } from './report/progress.ts';
import type { Report } from './report/report.ts';
import { summaryOf } from './report/summary.ts';

/** What a bench tells while it runs. */
export interface Telling {
  /** What is being done, and how far it is. */
  readonly show: (stage: string, detail?: string) => void;
  /** What has been measured by now; it is what Ctrl-C leaves behind. */
  readonly soFar: (report: Report) => void;
}

/** Runs a bench to its report and writes that wherever it was asked for; the exit code of the process says how it went. */
export async function reported(
  outputs: Outputs,
  run: (telling: Telling) => Promise<Report>,
): Promise<void> {
  const progress = new Progress(outputs.isQuiet);
  const telling: Telling = {
    show: (stage, detail) => progress.show(stage, detail),
    soFar: (report) =>
      onInterruption(() => {
        progress.clear();
        outputs.write(
          { ...report, interrupted: true },
          summaryOf({ ...report, interrupted: true }),
        );
      }),
  };
  const report = await run(telling).finally(() => progress.clear());
  onInterruption(undefined);
  process.exitCode = outputs.write(report, summaryOf(report));
}
