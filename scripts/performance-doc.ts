import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reportFrom } from '../bench/report/report.ts';
import { generatedFiles } from './generated-files.ts';
import {
  keptReport,
  performanceBenches,
  performanceFolder,
  profiledBenches,
  type PerformanceBench,
} from './performance-page.ts';

/**
 * Runs the benches that docs/performance.md tells of, keeps what they measured beside it, and writes the page, its pictures and
 * what the README says. `--only NAMES` runs some of them (a comma between): those of performance-page.ts.
 */
const usage = 'usage: npm run docs:performance -- [--only NAMES]\n';
const all = [...Object.keys(performanceBenches), ...Object.keys(profiledBenches)];

function wantedNames(): readonly string[] {
  try {
    const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
    const names = only?.split(',') ?? all;
    const unknown = names.filter((name) => !all.includes(name));
    if (unknown.length === 0) return names;
    throw new Error(`not known: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  } catch (error) {
    process.stderr.write(`${String(error)}\n${usage}`);
    process.exit(2);
  }
}

/** Runs a bench on an otherwise idle machine, or ends this program as the bench ended. */
function bench(words: readonly string[]): void {
  process.stderr.write(`bench ${words.join(' ')}\n`);
  const { status } = spawnSync('node', ['dist/bench/main.js', ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0) return;
  process.stderr.write('What was there stays: the bench did not end well.\n');
  process.exit(1);
}

function measure(name: PerformanceBench): void {
  const file = path.join('.cache', `performance-${name}.json`);
  bench([...performanceBenches[name].split(' '), '--json', file]);
  const report = reportFrom(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(path.join(performanceFolder, `${name}.json`), keptReport(report));
}

function profile(name: keyof typeof profiledBenches): void {
  const folder = path.join('.cache', name);
  bench([...profiledBenches[name].split(' '), '--profile', folder]);
  const graph = readdirSync(folder).find((file) => file.endsWith('.svg'));
  if (graph === undefined) throw new Error(`${folder} has no flame graph`);
  copyFileSync(path.join(folder, graph), path.join(performanceFolder, `${name}.svg`));
}

mkdirSync(performanceFolder, { recursive: true });
for (const name of wantedNames()) {
  if (name in performanceBenches) measure(name as PerformanceBench);
  else profile(name as keyof typeof profiledBenches);
}
for (const [file, content] of generatedFiles((name) => readFileSync(name, 'utf8'))) {
  writeFileSync(file, content);
}
