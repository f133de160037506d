/** A number between two others, both included. */
export class Between {
  readonly low: number;
  readonly high: number;

  constructor(low: number, high: number) {
    this.low = low;
    this.high = high;
  }
}

/** What a field must be: a value, or a number within bounds. */
export type Expected = Readonly<Record<string, string | number | boolean | Between>>;

/** Notes something that was received and compares its fields; a difference ends the step. */
export type See = <T extends object>(received: T, expected: Expected) => T;

/** How a step went. */
export interface StepResult {
  readonly step: string;
  readonly ok: boolean;
  /** How long it took. */
  readonly ms: number;
  /** Everything the step looked at, in order. */
  readonly received: readonly object[];
  /** What went wrong; only when not ok. */
  readonly problem?: string;
}

/** The last line. */
export interface Summary {
  readonly step: 'summary';
  readonly ok: boolean;
  readonly steps: number;
  readonly failed: number;
  readonly ms: number;
}

/** A step that went wrong has been told already; what would build on it is left out. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

/** Runs steps one after the other and tells each as it ends. */
export class Story {
  readonly #tell: (line: StepResult | Summary) => void;
  readonly #startedMs = performance.now();
  #steps = 0;
  #failed = 0;

  constructor(tell: (line: StepResult | Summary) => void) {
    this.#tell = tell;
  }

  /** Runs one step. Rejects with StepFailed when it threw or saw something else than it expected. */
  async step<T>(step: string, run: (see: See) => Promise<T>): Promise<T> {
    const received: object[] = [];
    const startedMs = performance.now();
    this.#steps += 1;
    const see: See = (thing, expected) => {
      received.push(thing);
      const problem = difference(thing, expected);
      if (problem !== undefined) throw new Error(problem);
      return thing;
    };
    try {
      const result = await run(see);
      this.#tell({ step, ok: true, ms: since(startedMs), received });
      return result;
    } catch (error) {
      this.#failed += 1;
      const problem = error instanceof Error ? error.message : String(error);
      this.#tell({ step, ok: false, ms: since(startedMs), received, problem });
      throw new StepFailed(step);
    }
  }

  /** Tells of an error between two steps. */
  interrupted(error: unknown): void {
    this.#steps += 1;
    this.#failed += 1;
    const problem = error instanceof Error ? error.message : String(error);
    this.#tell({ step: 'between two steps', ok: false, ms: 0, received: [], problem });
  }

  /** Tells how it went as a whole; true when every step was as it must be. */
  end(): boolean {
    const [steps, failed] = [this.#steps, this.#failed];
    const ok = failed === 0 && steps > 0;
    this.#tell({ step: 'summary', ok, steps, failed, ms: since(this.#startedMs) });
    return ok;
  }
}

function difference(thing: object, expected: Expected): string | undefined {
  for (const [field, wanted] of Object.entries(expected)) {
    const value = (thing as Readonly<Record<string, unknown>>)[field];
    if (wanted instanceof Between) {
      if (typeof value === 'number' && value >= wanted.low && value <= wanted.high) continue;
      return `${field} is ${JSON.stringify(value)}, not within ${wanted.low} and ${wanted.high}`;
    }
    if (value !== wanted) {
      return `${field} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`;
    }
  }
  return undefined;
}

function since(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 10) / 10;
}
