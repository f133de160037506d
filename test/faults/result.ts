import os from 'node:os';

/** What one fault came to; a line of `--json`. */
export interface FaultResult {
  readonly id: string;
  readonly name: string;
  /** What had to hold. */
  readonly holds: string;
  readonly rounds: number;
  /** How long the fault took in all. */
  readonly seconds: number;
  /** `--seed` with this number and `--only` with the id repeat its choices. */
  readonly seed: number;
  readonly logins: number;
  /** Logins that were set to race each other. */
  readonly racingLogins: number;
  readonly kicksIssued: number;
  readonly kicksLost: number;
  readonly falseKicks: number;
  /** Users with more sessions than the policy allows, summed over the rounds. */
  readonly overPolicy: number;
  /** Longest time that the registry held a session that was over. */
  readonly staleMaxMs: number;
  /** Longest time from the end of the harm until clients and registry agreed. */
  readonly recoverMs: number;
  /** Established sockets that ended without a reason of their own. */
  readonly socketsClosed: number;
  /** What staleMaxMs and recoverMs had to stay below, in ms. */
  readonly bound: number;
  /** Figures of this fault's own, in the words of its story. */
  readonly detail?: Readonly<Record<string, number>>;
  readonly ok: boolean;
  /** What went wrong, in words; the first ones. */
  readonly errors: readonly string[];
  /** Where the log of clients and nodes was written. */
  readonly log?: string;
}

/** The last line of `--json`. */
export interface Summary {
  readonly summary: true;
  readonly faults: number;
  readonly failed: number;
  readonly seed: number;
  readonly seconds: number;
  /** The day, as YYYY-MM-DD. */
  readonly endedOn: string;
  /** What it ran on, in words. */
  readonly machine: string;
  readonly logins: number;
  readonly racingLogins: number;
  readonly kicksIssued: number;
  readonly kicksLost: number;
  readonly falseKicks: number;
  readonly overPolicy: number;
  readonly staleMaxMs: number;
  readonly socketsClosed: number;
  readonly ok: boolean;
}

/** Totals of a run. */
export function summaryOf(results: readonly FaultResult[], seed: number, seconds: number): Summary {
  const sum = (field: keyof FaultResult): number =>
    results.reduce((total, result) => total + Number(result[field]), 0);
  return {
    summary: true,
    faults: results.length,
    failed: results.filter(({ ok }) => !ok).length,
    seed,
    seconds,
    endedOn: new Date().toISOString().slice(0, 10),
    machine: `${os.availableParallelism()} cores, ${os.type()} ${os.arch()}, Node ${process.versions.node}`,
    logins: sum('logins'),
    racingLogins: sum('racingLogins'),
    kicksIssued: sum('kicksIssued'),
    kicksLost: sum('kicksLost'),
    falseKicks: sum('falseKicks'),
    overPolicy: sum('overPolicy'),
    staleMaxMs: Math.max(0, ...results.map(({ staleMaxMs }) => staleMaxMs)),
    socketsClosed: sum('socketsClosed'),
    ok: results.length > 0 && results.every(({ ok }) => ok),
  };
}
