import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installByApt, unpackByApt } from './apt-redis.mjs';
import { SetupError, cacheFolder, root, say } from './messages.mjs';
import { readText } from './read-text.mjs';

/** Where the choice is kept for the tests, the bench and the demo. */
const choiceFile = path.join(cacheFolder, 'redis-server.json');
const redisFolder = path.join(cacheFolder, 'redis');
const oldestMajor = 7;

/**
 * A server that can be run: program, what to add to its environment, its version line, and where it came from.
 * @typedef {{ source: string, bin: string, env: Record<string, string>, version: string }} RedisChoice
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
 * Finds a redis-server (or valkey-server) for the tests, fetches one when there is none, and writes the choice to
 * .cache/redis-server.json. Starts no server. Throws SetupError that tells what was tried and what to do.
 * REDIS_SERVER_BIN names one; GATEHOUSE_REDIS_SOURCE=env|path|cache|apt|rootless allows one place only.
 * @param {{ isQuiet?: boolean }} [options]
 * @returns {RedisChoice}
 */
export function prepareRedis(options = {}) {
  const choice = findRedis();
  const text = `${JSON.stringify(choice, undefined, 2)}\n`;
  fs.mkdirSync(cacheFolder, { recursive: true });
  if (readText(choiceFile) !== text) {
    // Renamed into place: a test that starts just now reads the old choice or the new one, never half of one.
    fs.writeFileSync(`${choiceFile}.${process.pid}`, text);
    fs.renameSync(`${choiceFile}.${process.pid}`, choiceFile);
  }
  if (options.isQuiet !== true)
    say(`tests use ${choice.version} at ${choice.bin} (${choice.source})`);
  return choice;
}

function findRedis() {
  const only = process.env['GATEHOUSE_REDIS_SOURCE'];
  if (only !== undefined && only !== '' && !Object.hasOwn(sources, only)) {
    throw new SetupError(
      `GATEHOUSE_REDIS_SOURCE is "${only}", not one of ${Object.keys(sources).join(', ')}`,
    );
  }
  const tried = [];
  for (const [source, look] of Object.entries(sources)) {
    if (only !== undefined && only !== '' && only !== source) continue;
    const found = look();
    if ('bin' in found) return { source, ...found };
    tried.push(`  - ${found.because}`);
  }
  throw new SetupError(failureText(tried));
}

function failureText(tried) {
  const install =
    process.platform === 'darwin'
      ? 'brew install redis'
      : 'as root: apt-get install --no-install-recommends redis-server (or the redis or valkey package of your system)';
  return [
    'the tests run against a real redis-server, and none was found or could be fetched:',
    ...tried,
    `  What to do: ${install};`,
    `  or set REDIS_SERVER_BIN to a redis-server or valkey-server of version ${oldestMajor} or newer; then try again.`,
    '  (npm start needs no Redis.)',
  ].join('\n');
}

/** A named server that does not work is an error at once: to use another one silently would hide the mistake. */
function fromEnvironment() {
  const bin = process.env['REDIS_SERVER_BIN'];
  if (bin === undefined || bin === '') return { because: 'REDIS_SERVER_BIN is not set' };
  const found = probe(path.resolve(root, bin));
  if ('bin' in found) return found;
  throw new SetupError(
    `REDIS_SERVER_BIN does not name a server that runs: ${found.because}\n` +
      '  What to do: correct it, or unset it to let one be found.',
  );
}

function fromPath() {
  const reasons = [];
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of programFolders()) {
      const bin = path.join(folder, name);
      if (!isProgram(bin)) continue;
      const found = probe(bin);
      if ('bin' in found) return found;
      reasons.push(found.because);
    }
  }
  return { because: reasons.join('; ') || 'no redis-server or valkey-server on PATH' };
}

function fromCache() {
  const bin = path.join(redisFolder, 'usr', 'bin', 'redis-server');
  if (!fs.existsSync(bin)) return { because: 'no server in .cache/redis from an earlier run' };
  return probe(bin, libraryPath());
}

function fromApt() {
  const installed = installByApt();
  if (installed !== undefined) return { because: installed };
  return linkFromTools();
}

/**
 * Debian's redis-server is a link to redis-check-rdb of the package redis-tools: the program acts by the name it is
 * called by. A link of our own gives the server without the package redis-server, which would start one.
 */
function linkFromTools() {
  const server = fromPath();
  if ('bin' in server) return server;
  const tool = programFolders()
    .map((folder) => path.join(folder, 'redis-check-rdb'))
    .find(isProgram);
  if (tool === undefined)
    return { because: 'redis-tools was installed but brought no redis-check-rdb' };
  const link = path.join(redisFolder, 'usr', 'bin', 'redis-server');
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { force: true });
  fs.symlinkSync(tool, link);
  return probe(link);
}

function fromRootless() {
  const failed = unpackByApt(redisFolder);
  return failed === undefined ? fromCache() : { because: failed };
}

/** Folders of PATH, then the usual ones, because some shells and services run with an odd PATH. */
function programFolders() {
  const usual = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];
  const own = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  return [...new Set([...own, ...usual])];
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Where the unpacked packages have their libraries (usr/lib/x86_64-linux-gnu and the like). */
function libraryPath() {
  const folders = ['usr/lib', 'lib'].flatMap((name) => {
    const folder = path.join(redisFolder, name);
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    return names
      .filter((inside) => inside.includes('-linux-'))
      .map((inside) => path.join(folder, inside));
  });
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
}

/** Asks a program for its version: the one sure test that it is a server, is new enough and has its libraries. */
function probe(bin, env = {}) {
  const result = spawnSync(bin, ['--version'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const answer = /^(Redis|Valkey) server v=(\d+)\.([\d.]+)/m.exec(result.stdout ?? '');
  if (answer === null) {
    const why = result.error?.message ?? firstLine(result.stderr || result.stdout);
    return {
      because: `${bin} does not answer as a server (${why || `exit code ${result.status}`})`,
    };
  }
  const [, product, major, rest] = answer;
  const version = `${product} ${major}.${rest}`;
  if (Number(major) < oldestMajor)
    return { because: `${bin} is ${version}, older than ${oldestMajor}.0` };
  return { bin, env, version };
}

function firstLine(text) {
  return (text ?? '').trim().split('\n')[0];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    prepareRedis();
  } catch (error) {
    say(error.isExpected ? error.message : error.stack);
    process.exitCode = 1;
  }
}
