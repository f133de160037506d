import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  faultsLines,
  faultsPage,
  faultTotals,
  mergeRuns,
  readFaultsRun,
} from '../../scripts/faults-page.ts';
import { catalogue } from './catalogue.ts';
import { summaryOf, type FaultResult } from './result.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const result: FaultResult = {
  id: 'F06',
  name: 'a node dies',
  holds: 'the others sweep',
  rounds: 3,
  seconds: 12.5,
  seed: 7,
  logins: 12_345,
  racingLogins: 0,
  kicksIssued: 1000,
  kicksLost: 0,
  falseKicks: 0,
  overPolicy: 0,
  staleMaxMs: 7100,
  recoverMs: 7300,
  socketsClosed: 0,
  bound: 10_000,
  detail: { backMs: 40 },
  ok: true,
  errors: [],
};

describe('the page about faults', () => {
  const lines = [result, summaryOf([result], 7, 12.5)].map((line) => JSON.stringify(line));
  const run = readFaultsRun(`${lines.join('\n')}\n`);

  it('has a row for each fault of a run, with its figures and those of others', () => {
    expect(faultsPage(run)).toMatch(
      /^\| F06 \| a node dies \| the others sweep \| 3 \| 12345 \| 1000 \| 7100 \| 7300 \| 10000 \| backMs 40 \| .*Phoenix 30 s.*\]\(https:.*\) \| ok \|$/m,
    );
  });

  it('says so where a fault was not survived', () => {
    const page = faultsPage({ ...run, results: [{ ...result, ok: false }] });
    expect(page).toMatch(/^\| F06 .* \| \*\*not ok\*\* \|$/m);
  });

  it('begins with the totals', () => {
    expect(faultTotals(faultsPage(run))).toContain('1,000 kicks issued, 0 lost, 0 false');
  });

  it('takes the results of a later run of some faults, says so, and adds up anew', () => {
    const again = { ...result, seed: 8, kicksIssued: 500, rounds: 1 };
    const fresh = { ...result, id: 'F07', seed: 9 };
    const gone = { ...result, id: 'F99' };
    const later = { results: [fresh, again], summary: summaryOf([fresh, again], 8, 1) };
    const first = { results: [gone, result], summary: run.summary };
    const merged = mergeRuns(first, later, ['F06', 'F07', 'F08']);
    expect(merged.results).toEqual([again, fresh]);
    const page = faultsPage(readFaultsRun(faultsLines(merged)));
    expect(faultTotals(page)).toContain('2 faults, 24,690 logins');
    expect(faultTotals(page)).toContain('1,500 kicks issued');
    expect(page).toContain('was changed: F06 (seed 8), F07 (seed 9).');
    expect(page).toContain(`on ${run.summary.endedOn}, with seed 7.`);
  });

  it('is not made of half a run', () => {
    expect(() => readFaultsRun(lines[0] ?? '')).toThrow('no last line');
  });
});

describe('docs/faults.md', () => {
  const page = read('docs/faults.md');
  const rows = new Map(
    [...page.matchAll(/^\| ([A-Z]\d\d[a-z0-9-]*) \| (.*) \|$/gm)].map(([, id, rest]) => [
      id as string,
      (rest as string).split(' | '),
    ]),
  );

  it.each(catalogue.map((fault) => [fault.id, fault] as const))(
    'tells of %s as the catalogue does (else run: npm run docs:faults)',
    (id, { name, holds, boundMs }) => {
      const cells = rows.get(id) ?? [];
      expect(cells.slice(0, 2)).toEqual([name, holds]);
      expect(cells[7]).toBe(String(boundMs));
    },
  );

  it('tells of no fault that is not in the catalogue', () => {
    expect([...rows.keys()]).toEqual(catalogue.map(({ id }) => id));
  });

  it('holds what the README says of it', () => {
    const table = /\| promise \| today \| proved by \|\n([\s\S]*?)\n\n/.exec(
      read('README.md'),
    )?.[1];
    const promises = (table ?? '').split('\n').slice(1);
    expect(promises.length).toBeGreaterThanOrEqual(7);
    for (const promise of promises) {
      const ids =
        promise
          .split(' | ')
          .at(-1)
          ?.match(/[A-Z]\d\d[a-z0-9-]*/g) ?? [];
      expect(ids.length, promise).toBeGreaterThan(0);
      for (const id of ids) expect(rows.get(id)?.at(-1), `${id} in: ${promise}`).toBe('ok');
    }
  });
});
