import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** How a run went: counted tests, where whatever else went wrong counts as a failed test too. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Vitest reporter that ends the output with `Tests: N passed, N failed` (and `, N skipped` if any). A file that does not
 * load, a hook that throws, an unhandled error and a worker that dies each count as a failure: a red run never says 0 failed.
 */
export default class ClosingLine implements Reporter {
  #tally: Tally = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // At the very end, because Vitest writes more after the reporters have had their turn.
    process.once('exit', (code) => {
      const tally = this.#tally;
      if (code !== 0 && tally.failed === 0) tally.failed = 1;
      process.stdout.write(`${closingLine(tally)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#tally = countTests(modules);
    this.#tally.failed += unhandled.length;
  }
}

/** The line itself, without its line break. */
export function closingLine(tally: Readonly<Tally>): string {
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  return `Tests: ${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

function countTests(modules: readonly TestModule[]): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) count(test, tally);
    for (const suite of [module, ...module.children.allSuites()]) tally.failed += ownErrors(suite);
    if (module.state() === 'pending' || module.state() === 'queued') tally.failed += 1;
  }
  return tally;
}

function count(test: TestCase, tally: Tally): void {
  const { state } = test.result();
  if (state === 'passed') tally.passed += 1;
  else if (state === 'skipped') tally.skipped += 1;
  else tally.failed += 1;
}

/** Errors of a file or suite itself (it did not load, a hook threw), as one failure; its tests count for themselves. */
function ownErrors(suite: TestModule | TestSuite): number {
  return suite.errors().length > 0 ? 1 : 0;
}
