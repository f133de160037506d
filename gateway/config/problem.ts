/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Where it was given: `flag --port`, `environment GATEHOUSE_PORT`, `file gatehouse.json, key port`. */
  readonly source: string;
  /** What is wrong. Never holds the value of a secret key. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A problem as one line for an operator. */
export function problemLine(problem: ConfigProblem): string {
  return `${problem.source}: ${problem.problem}. ${problem.remedy}.`;
}

/** The problem of a name nobody knows. */
export function unknownName(source: string, what: string, nearest: string): ConfigProblem {
  return { source, problem: `unknown ${what}`, remedy: `The nearest known one is ${nearest}` };
}
