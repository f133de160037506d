import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isProgram, prepareProgram, programFolders } from './find-program.mjs';
import { cacheFolder, say } from './messages.mjs';

const oldestMajor = 7;
const folder = path.join(cacheFolder, 'redis');

/** @type {import('./find-program.mjs').Wanted} */
const redis = {
  noun: 'redis-server',
  name: 'redis-server',
  folder,
  nameVariable: 'REDIS_SERVER_BIN',
  sourceVariable: 'GATEHOUSE_REDIS_SOURCE',
  programs: ['redis-server', 'valkey-server'],
  // Enough for the server, and unlike redis-server it never starts one on port 6379.
  installed: ['redis-tools'],
  unpacked: ['redis-server', 'redis-tools'],
  bin: 'usr/bin/redis-server',
  advice:
    (process.platform === 'darwin'
      ? 'brew install redis'
      : 'as root: apt-get install --no-install-recommends redis-server (or the redis or valkey package of your system)') +
    `;\n  or set REDIS_SERVER_BIN to a redis-server or valkey-server of version ${oldestMajor} or newer`,
  read: readVersion,
  complete: linkFromTools,
};

/**
 * Finds a redis-server (or valkey-server) for the tests, fetches one when there is none, and writes the choice to
 * .cache/redis-server.json. Starts no server. Throws SetupError that tells what was tried and what to do.
 * REDIS_SERVER_BIN names one; GATEHOUSE_REDIS_SOURCE=env|path|cache|apt|rootless allows one place only.
 * @param {{ isQuiet?: boolean }} [options]
 * @returns {import('./find-program.mjs').Choice}
 */
export function prepareRedis(options) {
  return prepareProgram(redis, options);
}

function readVersion(output) {
  const answer = /^(Redis|Valkey) server v=(\d+)\.([\d.]+)/m.exec(output);
  if (answer === null) return { because: '' };
  const [, product, major, rest] = answer;
  const version = `${product} ${major}.${rest}`;
  if (Number(major) < oldestMajor) return { because: `is ${version}, older than ${oldestMajor}.0` };
  return { version };
}

/**
 * Debian's redis-server is a link to redis-check-rdb of the package redis-tools: the program acts by the name it is
 * called by. A link of our own gives the server without the package redis-server, which would start one.
 */
function linkFromTools() {
  const tool = programFolders()
    .map((place) => path.join(place, 'redis-check-rdb'))
    .find(isProgram);
  if (tool === undefined)
    return { because: 'redis-tools was installed but brought no redis-check-rdb' };
  const link = path.join(folder, 'usr', 'bin', 'redis-server');
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { force: true });
  fs.symlinkSync(tool, link);
  return { bin: link };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    prepareRedis();
  } catch (error) {
    say(error.isExpected ? error.message : error.stack);
    process.exitCode = 1;
  }
}
