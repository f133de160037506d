import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installByApt, unpackByApt, unpackedEnvironment } from './apt-packages.mjs';
import { SetupError, cacheFolder, root, say } from './messages.mjs';
import { readText } from './read-text.mjs';

/**
 * A program that can be run: what to add to its environment, its version, and where it came from.
 * @typedef {{ source: string, bin: string, env: Record<string, string>, version: string }} Choice
 */

/**
 * What the tests run against and how to come by it.
 * @typedef {object} Wanted
 * @property {string} noun for texts, as "redis-server"
 * @property {string} name of its folder and file in .cache, as "redis" and "redis-server"
 * @property {string} folder
 * @property {string} nameVariable the environment variable that names a program
 * @property {string} sourceVariable the one that allows one place only
 * @property {string[]} programs names to look for in the folders of PATH
 * @property {string[]} [places] whole paths to look at after these
 * @property {string[]} installed packages for apt to install
 * @property {string[]} unpacked packages for apt to fetch where it may not install
 * @property {string} bin where the program is when they were unpacked, inside the folder
 * @property {string} advice what to do by hand
 * @property {(output: string) => { version: string } | { because: string }} read judges the answer to --version
 * @property {() => { bin: string } | { because: string }} [complete] when what was installed is not on PATH as it is
 */

/** The places to look in, in order. Each returns a choice or says why it has none. */
const sources = {
  env: fromEnvironment,
  path: fromPath,
  cache: fromCache,
  apt: fromApt,
  rootless: fromRootless,
};

/**
 * Finds a program for the tests, fetches one when there is none, and writes the choice to .cache/NAME.json. Starts
 * nothing. Throws SetupError that tells what was tried and what to do.
 * @param {Wanted} wanted
 * @param {{ isQuiet?: boolean }} [options]
 * @returns {Choice}
 */
export function prepareProgram(wanted, options = {}) {
  const choice = find(wanted);
  const text = `${JSON.stringify(choice, undefined, 2)}\n`;
  const file = path.join(cacheFolder, `${wanted.name}.json`);
  fs.mkdirSync(cacheFolder, { recursive: true });
  if (readText(file) !== text) {
    // Renamed into place: a test that starts just now reads the old choice or the new one, never half of one.
    fs.writeFileSync(`${file}.${process.pid}`, text);
    fs.renameSync(`${file}.${process.pid}`, file);
  }
  if (options.isQuiet !== true)
    say(`tests use ${choice.version} at ${choice.bin} (${choice.source})`);
  return choice;
}

function find(wanted) {
  const only = process.env[wanted.sourceVariable] ?? '';
  if (only !== '' && !Object.hasOwn(sources, only)) {
    const known = Object.keys(sources).join(', ');
    throw new SetupError(`${wanted.sourceVariable} is "${only}", not one of ${known}`);
  }
  const tried = [];
  for (const [source, look] of Object.entries(sources)) {
    if (only !== '' && only !== source) continue;
    const found = look(wanted);
    if ('bin' in found) return { source, ...found };
    tried.push(`  - ${found.because}`);
  }
  throw new SetupError(
    [
      `the tests run against a real ${wanted.noun}, and none was found or could be fetched:`,
      ...tried,
      `  What to do: ${wanted.advice}; then try again.`,
      '  (npm start needs none.)',
    ].join('\n'),
  );
}

/** A named program that does not work is an error at once: to use another one silently would hide the mistake. */
function fromEnvironment(wanted) {
  const bin = process.env[wanted.nameVariable];
  if (bin === undefined || bin === '') return { because: `${wanted.nameVariable} is not set` };
  const found = probe(wanted, path.resolve(root, bin));
  if ('bin' in found) return found;
  throw new SetupError(
    `${wanted.nameVariable} does not name a ${wanted.noun} that runs: ${found.because}\n` +
      '  What to do: correct it, or unset it to let one be found.',
  );
}

function fromPath(wanted) {
  const reasons = [];
  const onPath = wanted.programs.flatMap((name) =>
    programFolders().map((folder) => path.join(folder, name)),
  );
  for (const bin of [...onPath, ...(wanted.places ?? [])]) {
    if (!isProgram(bin)) continue;
    const found = probe(wanted, bin);
    if ('bin' in found) return found;
    reasons.push(found.because);
  }
  return { because: reasons.join('; ') || `no ${wanted.programs.join(' or ')} on PATH` };
}

function fromCache(wanted) {
  const bin = path.join(wanted.folder, wanted.bin);
  if (fs.existsSync(bin)) return probe(wanted, bin, unpackedEnvironment(wanted.folder));
  const place = path.relative(root, wanted.folder);
  return { because: `no ${wanted.noun} in ${place} from an earlier run` };
}

function fromApt(wanted) {
  const failed = installByApt(wanted.installed);
  if (failed !== undefined) return { because: failed };
  const found = fromPath(wanted);
  if ('bin' in found || wanted.complete === undefined) return found;
  const completed = wanted.complete();
  return 'bin' in completed ? probe(wanted, completed.bin) : completed;
}

function fromRootless(wanted) {
  const failed = unpackByApt(wanted.unpacked, wanted.folder);
  return failed === undefined ? fromCache(wanted) : { because: failed };
}

/** Folders of PATH, then the usual ones, because some shells and services run with an odd PATH. */
export function programFolders() {
  const usual = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];
  const own = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  return [...new Set([...own, ...usual])];
}

/** Whether there is a file that may be run. */
export function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Asks a program for its version: the one sure test that it is one, is new enough and has its libraries. */
function probe(wanted, bin, env = {}) {
  const result = spawnSync(bin, ['--version'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = wanted.read(result.stdout ?? '');
  if ('version' in read) return { bin, env, version: read.version };
  if (read.because !== '') return { because: `${bin} ${read.because}` };
  const why = result.error?.message ?? firstLine(result.stderr || result.stdout);
  const code = `exit code ${result.status ?? result.signal}`;
  return { because: `${bin} does not answer as a ${wanted.noun} (${why || code})` };
}

function firstLine(text) {
  return (text ?? '').trim().split('\n')[0];
}
