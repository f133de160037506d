import { closest, distance } from 'fastest-levenshtein';

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

/** How many letters of a name may differ from a known one that was meant. */
export function slipsIn(name: string): number {
  return Math.max(2, Math.ceil(name.length / 3));
}

/** Shorter pieces stand in many names. */
const shortestPiece = 3;

/** The known name that was meant: a few letters differ, or a part of it was left out. Nothing when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const nearest = closest(name, known);
  if (distance(name, nearest) <= slipsIn(name)) return nearest;
  return name.length < shortestPiece ? undefined : known.find((other) => other.includes(name));
}

/** The problem of a name nobody knows, and the known one that may have been meant. */
export function unknownName(
  source: string,
  what: string,
  nearest: string | undefined,
): ConfigProblem {
  const remedy =
    nearest === undefined ? 'See `gatehouse config docs`' : `The nearest known one is ${nearest}`;
  return { source, problem: `unknown ${what}`, remedy };
}
