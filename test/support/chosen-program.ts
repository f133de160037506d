import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program that the set-up of `npm test` found. */
export interface ChosenProgram {
  readonly bin: string;
  /** What it needs beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The program of .cache/NAME.json, as scripts/find-*.mjs wrote it. Works from the sources and from dist alike. Throws
 * where the set-up has not run.
 */
export function chosenProgram(name: 'redis-server' | 'chromium'): ChosenProgram {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(path.join(folder, 'package-lock.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('no checkout of Gatehouse around this file');
    folder = parent;
  }
  const file = path.join(folder, '.cache', `${name}.json`);
  if (!fs.existsSync(file)) {
    throw new Error(`no ${name} chosen yet: run \`node scripts/bootstrap.mjs test\` once`);
  }
  return JSON.parse(fs.readFileSync(file, 'utf8')) as ChosenProgram;
}
