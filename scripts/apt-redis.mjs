import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { say } from './messages.mjs';

/** In Debian and Ubuntu these two hold the server (redis-server is a link into redis-tools). */
const serverPackages = ['redis-server', 'redis-tools'];
/** When apt-cache cannot tell: what redis-tools needs beyond a minimal system. */
const usualLibraries = ['libjemalloc2', 'liblzf1', 'libatomic1', 'libssl3', 'libsystemd0'];

/**
 * Installs the Redis programs with apt, as root or through a sudo that asks nothing. The package redis-tools is
 * enough, and unlike redis-server it never starts a server on port 6379.
 * @returns {string | undefined} why it could not be done, or undefined when it was
 */
export function installByApt() {
  if (!isOnPath('apt-get')) return 'there is no apt-get to install one with';
  const prefix = rootPrefix();
  if (prefix === undefined)
    return 'apt-get needs root, and sudo is not there or asks for a password';
  say('installing redis-tools with apt-get');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A failed update may still leave usable lists (one third-party source down is the usual case).
  run([...prefix, 'apt-get', 'update', '-q'], { env });
  const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', 'redis-tools'];
  return run([...prefix, ...install], { env });
}

/**
 * Downloads the packages without any rights and unpacks them into `folder`. The system is not changed.
 * @param {string} folder
 * @returns {string | undefined} why it could not be done, or undefined when it was
 */
export function unpackByApt(folder) {
  if (!isOnPath('apt-get') || !isOnPath('dpkg-deb')) {
    return 'there is no apt-get and dpkg-deb to fetch and unpack one without root';
  }
  say('downloading redis-server with apt-get into .cache/redis (nothing is installed)');
  fs.rmSync(folder, { recursive: true, force: true });
  const downloads = path.join(folder, 'downloads');
  fs.mkdirSync(downloads, { recursive: true });
  // Tried with the system's package lists first, and quietly: slim images have none, and old ones name what is gone.
  if (download(downloads, [], 'ignore') !== undefined) {
    const failed = download(downloads, refreshedLists(path.join(folder, 'apt')), 2);
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

function download(folder, options, output) {
  const packages = [...serverPackages, ...libraries(options)];
  return run(['apt-get', ...options, '-q', 'download', ...packages], { cwd: folder, output });
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

/** The shared libraries that redis-tools depends on, but for the C library, which is always there and must match. */
function libraries(options) {
  const result = spawnSync('apt-cache', [...options, 'depends', '--important', 'redis-tools'], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const names = [...(result.stdout ?? '').matchAll(/^ *\|?(?:Pre)?Depends: (lib[\w.+-]+)/gm)].map(
    (match) => match[1],
  );
  const found = names.filter((name) => !/^lib(?:c6|c6\..*|gcc-s1|stdc\+\+6)$/.test(name));
  return found.length === 0 ? usualLibraries : [...new Set(found)];
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
