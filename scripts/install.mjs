import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError, root, say } from './messages.mjs';
import { readText } from './read-text.mjs';

const stampFile = path.join(root, 'node_modules', '.gatehouse-stamp');

/**
 * Installs exactly what package-lock.json says, unless node_modules already is that for this Node.
 * No package runs an install script. Throws SetupError when npm fails.
 */
export function installDependencies() {
  const stamp = expectedStamp();
  if (readText(stampFile) === stamp) return;
  say('installing dependencies (npm ci)');
  // Named again, because NODE_ENV=production or a user's `omit` would leave out the compiler and its platform package.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  args.push('--include=dev', '--include=optional');
  const npm = npmCommand();
  const result = spawnSync(npm.command, [...npm.args, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: installEnvironment(),
  });
  if (result.error !== undefined || result.status !== 0) {
    const why = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
    throw new SetupError(
      `npm ci failed (${why}).\n` +
        '  What to do: read the lines above; see whether the npm registry answers (`npm ping`); if package.json was\n' +
        '  edited by hand, bring package-lock.json in step with `npm install --ignore-scripts`; then try again.',
    );
  }
  fs.writeFileSync(stampFile, stamp);
}

function expectedStamp() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${hash} abi ${process.versions.modules} ${process.platform}-${process.arch}\n`;
}

/** The npm that runs us when it does, else the one on PATH. */
export function npmCommand() {
  const own = process.env['npm_execpath'];
  if (own !== undefined && path.basename(own) === 'npm-cli.js') {
    return { command: process.execPath, args: [own] };
  }
  return { command: 'npm', args: [] };
}

/** The caller's environment without the switches that would make `npm ci` do something else. */
function installEnvironment() {
  const env = { ...process.env };
  for (const name of ['omit', 'only', 'production', 'dry_run', 'global', 'location', 'workspace']) {
    delete env[`npm_config_${name}`];
  }
  delete env['NODE_ENV'];
  return env;
}
