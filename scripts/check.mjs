import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './messages.mjs';

// Named, because a linter without a list of folders also walks through whatever else lies in the checkout.
const places = [
  'protocol',
  'gateway',
  'client',
  'playground',
  'test',
  'bench',
  'scripts',
  'vitest.config.ts',
];
const present = places.filter((place) => fs.existsSync(path.join(root, place)));

/** What must hold before a commit, besides the tests: [name, program in node_modules, arguments]. */
const checks = [
  ['format', 'oxfmt/bin/oxfmt', ['--check', ...present]],
  ['lint', 'oxlint/bin/oxlint', ['--deny-warnings', ...present]],
  ['types', 'typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json', '--pretty', 'false']],
  // The page knows a browser, nothing else does.
  ['page', 'typescript/bin/tsc', ['--noEmit', '-p', 'playground', '--pretty', 'false']],
];

const startedAt = performance.now();
const results = await Promise.all(checks.map(runCheck));
const failed = results.filter((result) => !result.isClean);
for (const { name, output } of failed) process.stdout.write(`--- ${name}\n${output.trim()}\n`);
for (const { name, isClean } of results)
  process.stdout.write(`${isClean ? 'ok    ' : 'FAILED'} ${name}\n`);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const fix = failed.some((result) => result.name === 'format') ? ' (npx oxfmt FILE formats)' : '';
process.stdout.write(`check: ${failed.length} of ${checks.length} failed in ${seconds} s${fix}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function runCheck([name, program, args]) {
  const file = path.join(root, 'node_modules', program);
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ name, isClean: false, output: error.message }));
    child.once('close', (code) => resolve({ name, isClean: code === 0, output }));
  });
}
