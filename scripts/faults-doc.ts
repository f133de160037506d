import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { catalogue } from '../test/faults/catalogue.ts';
import { faultsLines, faultsPage, mergeRuns, readFaultsRun } from './faults-page.ts';
import { generatedFiles } from './generated-files.ts';

/**
 * Runs the fault bench and writes docs/faults.md, and what the README says of it. A run of some faults (`--only`) takes
 * their places in the run that is there. `--from FILE` takes what `npm run test:faults -- --json` printed instead.
 */
const usage = 'usage: npm run docs:faults -- [--only IDS] [--from FILE]\n';
const stored = 'docs/faults.jsonl';

function options(): { readonly only?: string; readonly from?: string } {
  try {
    const texts = { only: { type: 'string' }, from: { type: 'string' } } as const;
    return parseArgs({ options: texts }).values;
  } catch (error) {
    process.stderr.write(`${String(error)}\n${usage}`);
    process.exit(2);
  }
}

function bench(only: string | undefined): string {
  const file = '.cache/faults.jsonl';
  const out = openSync(file, 'w');
  const flags = only === undefined ? [] : ['--only', only];
  const { status } = spawnSync('node', ['dist/test/faults/main.js', '--json', ...flags], {
    stdio: ['ignore', out, 'inherit'],
  });
  closeSync(out);
  if (status === 0) return file;
  process.stderr.write(
    `The page stays as it is: not all is well. See ${file}; --from writes it all the same.\n`,
  );
  process.exit(1);
}

const { only, from } = options();
const run = readFaultsRun(readFileSync(from ?? bench(only), 'utf8'));
const ids = catalogue.map(({ id }) => id);
const isWhole = ids.every((id) => run.results.some((result) => result.id === id));
const whole = isWhole ? run : mergeRuns(readFaultsRun(readFileSync(stored, 'utf8')), run, ids);
writeFileSync(stored, faultsLines(whole));
writeFileSync('docs/faults.md', faultsPage(whole));
for (const [path, content] of generatedFiles((name) => readFileSync(name, 'utf8'))) {
  writeFileSync(path, content);
}
