import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { say } from './messages.mjs';

/** Always there where Node runs, and of no use beside the C library of another version. */
const systemLibraries = /^lib(?:c6|gcc-s1|stdc\+\+6)$/;

/**
 * Installs packages with apt, as root or through a sudo that asks nothing.
 * @param {string[]} packages
 * @returns {string | undefined} why it could not be done, or undefined when it was
 */
export function installByApt(packages) {
  if (!isOnPath('apt-get')) return 'there is no apt-get to install one with';
  const prefix = rootPrefix();
  if (prefix === undefined)
    return 'apt-get needs root, and sudo is not there or asks for a password';
  say(`installing ${packages.join(' and ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A failed update may still leave usable lists (one third-party source down is the usual case).
  run([...prefix, 'apt-get', 'update', '-q'], { env });
  const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages];
  return run([...prefix, ...install], { env });
}

/**
 * Downloads packages and all they need that is not installed, without any rights, and unpacks them into `folder`. The
 * system is not changed.
 * @param {string[]} packages
 * @param {string} folder is emptied first
 * @returns {string | undefined} why it could not be done, or undefined when it was
 */
export function unpackByApt(packages, folder) {
  if (!isOnPath('apt-get') || !isOnPath('dpkg-deb')) {
    return 'there is no apt-get and dpkg-deb to fetch and unpack one without root';
  }
  const place = path.join('.cache', path.basename(folder));
  say(`downloading ${packages.join(' and ')} with apt-get into ${place} (nothing is installed)`);
  fs.rmSync(folder, { recursive: true, force: true });
  const downloads = path.join(folder, 'downloads');
  fs.mkdirSync(downloads, { recursive: true });
  // Tried with the system's package lists first, and quietly: slim images have none, and old ones name what is gone.
  if (download(packages, downloads, [], 'ignore') !== undefined) {
    const failed = download(packages, downloads, refreshedLists(path.join(folder, 'apt')), 2);
    if (failed !== undefined) return failed;
  }
  for (const file of fs.readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    const unpacked = run(['dpkg-deb', '-x', path.join(downloads, file), folder]);
    if (unpacked !== undefined) return unpacked;
  }
  for (const done of [downloads, path.join(folder, 'apt')])
    fs.rmSync(done, { recursive: true, force: true });
  return undefined;
}

/**
 * What a program out of `folder` needs in its environment to find the libraries that were unpacked with it.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
export function unpackedEnvironment(folder) {
  const folders = ['usr/lib', 'lib']
    .map((name) => path.join(folder, name))
    .flatMap((parent) => subfolders(parent).filter((name) => name.includes('-linux-')))
    // Some libraries keep parts of theirs one folder below (pulseaudio).
    .flatMap((place) => [place, ...subfolders(place).filter(hasLibraries)]);
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
}

function subfolders(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name));
}

function hasLibraries(folder) {
  return fs.readdirSync(folder).some((name) => /^lib.*\.so/.test(name));
}

function download(packages, folder, options, output) {
  const names = [...new Set([...packages, ...missingFor(packages, options)])];
  return run(['apt-get', ...options, '-q', 'download', ...names], { cwd: folder, output });
}

/** What apt would install for these packages on this system; nothing where it does not know. */
function missingFor(packages, options) {
  const words = [...options, '-s', '--no-install-recommends', 'install', ...packages];
  const result = spawnSync('apt-get', words, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const names = [...(result.stdout ?? '').matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
  return names.filter((name) => !systemLibraries.test(name));
}

/** The system's package lists may be missing (slim images) or old: fetch fresh ones into a folder of our own. */
function refreshedLists(folder) {
  fs.mkdirSync(path.join(folder, 'lists', 'partial'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const options = [
    ['Dir::State::lists', path.join(folder, 'lists')],
    ['Dir::Cache', path.join(folder, 'cache')],
    ['Acquire::Languages', 'none'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  run(['apt-get', ...options, '-q', 'update']);
  return options;
}

/** What to put before a command to run it as root; undefined when there is no way. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const result = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return result.status === 0 ? ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'] : undefined;
}

function isOnPath(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Runs a command, with its output on stderr if not told otherwise; returns undefined, or a sentence about the failure. */
function run(words, { env = process.env, cwd, output = 2 } = {}) {
  const [command, ...args] = words;
  const result = spawnSync(command, args, { cwd, env, stdio: ['ignore', output, output] });
  if (result.error === undefined && result.status === 0) return undefined;
  const why = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  return `${words.filter((word) => word !== '-o' && !word.includes('=')).join(' ')} failed (${why})`;
}
