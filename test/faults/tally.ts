import type { Fault } from './fault.ts';
import type { FaultResult } from './result.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

const errorsKept = 20;

/** What the rounds of a fault are summed up in. */
type Count = Exclude<keyof Verdict, 'findings'>;

/** What a tally belongs to, for its result. */
export interface Heading {
  readonly fault: Pick<Fault, 'id' | 'name' | 'holds'>;
  /** Of the whole run. */
  readonly seed: number;
  readonly boundMs: number;
  /** Where the log is written; that of a failed fault goes to a folder of its own if left out. */
  readonly logFile: string | undefined;
}

/** What the rounds of a fault came to so far. */
export class Tally {
  readonly errors: string[] = [];
  errorCount = 0;
  rounds = 0;
  staleMaxMs = 0;
  recoverMs = 0;
  readonly #sums: Record<Count, number> = {
    logins: 0,
    kicksIssued: 0,
    kicksLost: 0,
    falseKicks: 0,
    overPolicy: 0,
    socketsClosed: 0,
  };
  readonly #startedMs = performance.now();

  fail(text: string): void {
    this.errorCount += 1;
    if (this.errors.length < errorsKept) this.errors.push(text);
  }

  /** The errors are so many that one more is not kept. */
  get isFull(): boolean {
    return this.errorCount >= errorsKept;
  }

  /** Adds the counts of a verdict, not its findings. */
  count(verdict: Readonly<Record<Count, number>>): void {
    for (const field of Object.keys(this.#sums) as Count[]) this.#sums[field] += verdict[field];
  }

  /** Times of a round, in ms; the longest of each is kept. */
  time(staleMs: number, recoverMs: number): void {
    this.staleMaxMs = Math.max(this.staleMaxMs, staleMs);
    this.recoverMs = Math.max(this.recoverMs, recoverMs);
  }

  /** Adds what other rounds came to, without their errors. */
  add(other: Tally): void {
    this.rounds += other.rounds;
    this.count(other.#sums);
    this.time(other.staleMaxMs, other.recoverMs);
  }

  /** The result of all, with what is left to say of the stage; writes the log when it is asked for or something failed. */
  result({ fault, seed, boundMs, logFile }: Heading, stage: Stage | undefined): FaultResult {
    const { id, name, holds } = fault;
    const { errors, rounds, staleMaxMs, recoverMs } = this;
    const hidden = this.errorCount - errors.length;
    const ok = this.errorCount === 0 && rounds > 0;
    const log = ok && logFile === undefined ? undefined : stage?.log.save(logFile, { fault: id });
    return {
      id,
      name,
      holds,
      rounds,
      seconds: Math.round((performance.now() - this.#startedMs) / 100) / 10,
      seed,
      ...this.#sums,
      racingLogins: stage?.racingLogins ?? 0,
      staleMaxMs,
      recoverMs,
      bound: boundMs,
      ...(stage !== undefined && Object.keys(stage.detail).length > 0 && { detail: stage.detail }),
      ok,
      errors: hidden > 0 ? [...errors, `and ${hidden} more`] : errors,
      ...(log !== undefined && { log }),
    };
  }
}
