import { peerFigure } from '../test/faults/peers.ts';
import { summaryOf, type FaultResult, type Summary } from '../test/faults/result.ts';

/** A run of the fault bench: what `npm run test:faults -- --json` prints. */
export interface FaultsRun {
  readonly results: readonly FaultResult[];
  readonly summary: Summary;
}

/** Where the page says what all faults together came to. */
const totals = /<!-- totals -->\n([\s\S]*?)\n<!-- end -->/;

/** Reads the lines of a run. Throws when its end is missing. */
export function readFaultsRun(text: string): FaultsRun {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const objects = lines.map((line) => JSON.parse(line) as FaultResult | Summary);
  const summary = objects.find((one): one is Summary => 'summary' in one);
  if (summary === undefined) throw new Error('the run has no last line with its totals');
  return { results: objects.filter((one): one is FaultResult => !('summary' in one)), summary };
}

/**
 * A run of some faults, `again`, put into an earlier one: its results take the place of the earlier ones, or come in
 * addition. `ids` are the faults there are, in the order of the page; results of others go.
 */
export function mergeRuns(run: FaultsRun, again: FaultsRun, ids: readonly string[]): FaultsRun {
  const byId = new Map([...run.results, ...again.results].map((result) => [result.id, result]));
  const results = ids.flatMap((id) => byId.get(id) ?? []);
  const { seed, seconds, endedOn, machine } = run.summary;
  return { results, summary: { ...summaryOf(results, seed, seconds), endedOn, machine } };
}

/** The lines of a run, for `readFaultsRun`. Where logs were on the machine that ran it is left out. */
export function faultsLines({ results, summary }: FaultsRun): string {
  const lines = [...results.map((result) => ({ ...result, log: undefined })), summary];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** docs/faults.md, from a run. */
export function faultsPage({ results, summary }: FaultsRun): string {
  return `# What was done to it, and what held

Written by \`npm run docs:faults\` out of [a run](faults.jsonl) of the [fault bench](../test/faults/README.md) in its long form, with the default
settings of the gateway: real nodes, a real Redis, real clients, harm round after round, and a checker that holds what everybody saw against
what was promised. Each fault runs in a short form in \`npm test\`. The bench itself is tested: with one of five safeguards taken
out of the gateway it must fail (\`test/faults/breaks.test.ts\`).

<!-- totals -->
${totalsOf(summary)}
<!-- end -->

It took ${Math.round(summary.seconds / 60)} minutes on ${summary.machine} on ${summary.endedOn}, with seed ${summary.seed}.${laterRuns(results, summary.seed)}

*Stale* is how long the registry held a session that was over, counted from its end or from the end of the harm; *right* how long after
the harm clients and registry agreed again. Both are the worst of all rounds and must stay below the bound. *Best published* is
what others say of themselves; where nothing stands we found nothing.

| fault | what happens | what must hold | rounds | logins | kicks | stale ms | right ms | bound ms | more | best published | |
|---|---|---|---|---|---|---|---|---|---|---|---|
${results.map(row).join('\n')}

Where *kicks* is 0 nobody was to be kicked. What else the checker holds every round against, I1 to I10, stands in
[test/faults/README.md](../test/faults/README.md).
`;
}

/** The sentence about all faults together, as docs/faults.md has it: the README repeats it. */
export function faultTotals(page: string): string {
  const [, sentence] = totals.exec(page) ?? [];
  if (sentence === undefined) throw new Error('docs/faults.md says nothing of its totals');
  return sentence;
}

/** Which rows come from runs of their own. */
function laterRuns(results: readonly FaultResult[], seed: number): string {
  const later = results.filter((result) => result.seed !== seed);
  if (later.length === 0) return '';
  const names = later.map((result) => `${result.id} (seed ${result.seed})`).join(', ');
  return `\nRun by themselves since then, because the fault is new or was changed: ${names}.`;
}

function totalsOf(summary: Summary): string {
  const { faults, kicksIssued, kicksLost, falseKicks, racingLogins, overPolicy } = summary;
  const n = (value: number): string => value.toLocaleString('en-US');
  return (
    `${faults} faults, ${n(summary.logins)} logins, ${n(racingLogins)} of them set to race: ` +
    `${n(kicksIssued)} kicks issued, ${n(kicksLost)} lost, ${n(falseKicks)} false, ${n(overPolicy)} users over policy.`
  );
}

function row(result: FaultResult): string {
  const { id, name, holds, rounds, logins, kicksIssued, staleMaxMs, recoverMs, bound, ok } = result;
  const more = Object.entries(result.detail ?? {}).map(([what, value]) => `${what} ${value}`);
  const peer = peerFigure(id);
  const { text = '', source } = peer ?? {};
  const link = source === undefined ? text : `${text} ([${source.title}](${source.url}))`;
  const figures = [rounds, logins, kicksIssued, staleMaxMs, recoverMs, bound];
  const cells = [id, name, holds, ...figures, more.join(', '), link, ok ? 'ok' : '**not ok**'];
  return `| ${cells.join(' | ')} |`;
}
