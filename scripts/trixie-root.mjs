import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { npmCommand } from './install.mjs';
import { SetupError, cacheFolder, say } from './messages.mjs';
import { Chroot, ended, spawnInNamespace } from './chroot.mjs';

const folder = path.resolve(
  process.env['GATEHOUSE_TRIXIE_ROOT'] ?? path.join(cacheFolder, 'trixie'),
);
const readyFile = path.join(folder, '.gatehouse-ready');

/** What the root is made of; a change makes a new one. */
const packages = ['ca-certificates', 'libatomic1', 'libstdc++6', 'redis-server'];
const tools = [`node-linux-${process.arch}@24`, 'npm@11'];
const toolFolder = 'opt/tools';

/**
 * The Debian trixie root with Node 24, npm and redis-server, made when it is not there yet (about a minute).
 * Kept in .cache/trixie, or where GATEHOUSE_TRIXIE_ROOT says. Needs root and Debian's debootstrap.
 * @returns {Promise<Chroot>}
 */
export async function trixieRoot() {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') {
    throw new SetupError(
      'the trixie run needs root on Linux (debootstrap, chroot). What to do: run it as root.',
    );
  }
  const recipe = createHash('sha256').update(JSON.stringify({ packages, tools })).digest('hex');
  if (readText(readyFile) !== recipe) {
    fs.rmSync(folder, { recursive: true, force: true });
    await bootstrapDebian();
    installTools();
    fs.writeFileSync(readyFile, recipe);
  }
  return new Chroot(folder, sharedFiles());
}

/** The variables by which the caller reaches its networks; the npm settings come with the shared files. */
export function networkEnvironment() {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'];
  names.push(...names.map((name) => name.toUpperCase()), 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE');
  const pairs = names.map((name) => [name, process.env[name]]).filter(([, value]) => value);
  const registry = npmSetting('registry');
  return {
    ...Object.fromEntries(pairs),
    npm_config_registry: registry,
    npm_config_userconfig: npmSetting('userconfig'),
    npm_config_globalconfig: npmSetting('globalconfig'),
    npm_config_cache: '/root/.npm',
    npm_config_update_notifier: 'false',
  };
}

function sharedFiles() {
  const files = [
    '/etc/resolv.conf',
    '/etc/hosts',
    npmSetting('userconfig'),
    npmSetting('globalconfig'),
  ];
  files.push(
    npmSetting('cafile'),
    process.env['NODE_EXTRA_CA_CERTS'],
    process.env['SSL_CERT_FILE'],
  );
  return [...new Set(files)].filter(
    (file) => file !== undefined && path.isAbsolute(file) && isFile(file),
  );
}

async function bootstrapDebian() {
  await ensureDebootstrap();
  say(`making a Debian trixie root in ${folder} (about a minute)`);
  const mirrors = [
    ...new Set([
      process.env['GATEHOUSE_TRIXIE_MIRROR'] ?? mirrorInUse(),
      'http://deb.debian.org/debian',
    ]),
  ];
  for (const mirror of mirrors) {
    fs.mkdirSync(folder, { recursive: true });
    const include = `--include=${packages.join(',')}`;
    // In namespaces, because debootstrap mounts /proc too and may be interrupted.
    const child = spawnInNamespace(
      [['debootstrap', '--variant=minbase', include, 'trixie', folder, mirror]],
      true,
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await ended(child);
    if (code === 0) return finishDebian();
    process.stderr.write(`${output.split('\n').slice(-15).join('\n')}\n`);
    fs.rmSync(folder, { recursive: true, force: true });
    say(`debootstrap from ${mirror} ended with ${code}`);
  }
  throw new SetupError(
    'no trixie root could be made: see above.\n' +
      '  What to do: on a file system mounted noexec or nodev set GATEHOUSE_TRIXIE_ROOT to a folder elsewhere;\n' +
      '  if the mirror is the trouble set GATEHOUSE_TRIXIE_MIRROR to the address of a Debian mirror.',
  );
}

function finishDebian() {
  // No package may ever start a service in here: its processes and ports would be the host's.
  fs.writeFileSync(path.join(folder, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', {
    mode: 0o755,
  });
  // The official Node image has this user.
  execFileSync('chroot', [folder, '/usr/sbin/useradd', '--uid', '1000', '--create-home', 'node']);
}

async function ensureDebootstrap() {
  if (spawnSync('debootstrap', ['--version'], { stdio: 'ignore' }).error === undefined) return;
  say('installing debootstrap with apt-get');
  spawnSync('apt-get', ['update', '-q'], { stdio: ['ignore', 2, 2] });
  const install = ['install', '-q', '-y', '--no-install-recommends', 'debootstrap'];
  if (spawnSync('apt-get', install, { stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new SetupError(
      'debootstrap is missing and apt-get cannot install it. What to do: install debootstrap.',
    );
  }
}

/** Node and npm from the registry's own packages: the one source that is there wherever `npm ci` works. */
function installTools() {
  say('installing Node 24 and npm in the root');
  const target = path.join(folder, toolFolder);
  fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync(path.join(target, 'package.json'), '{"private":true}\n');
  const npm = npmCommand();
  const args = [
    'install',
    '--prefix',
    target,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...tools,
  ];
  execFileSync(npm.command, [...npm.args, ...args], { cwd: target, stdio: ['ignore', 2, 2] });
  const links = {
    node: `node-linux-${process.arch}/bin/node`,
    npm: 'npm/bin/npm-cli.js',
    npx: 'npm/bin/npx-cli.js',
  };
  for (const [name, program] of Object.entries(links)) {
    const absolute = `/${toolFolder}/node_modules/${program}`;
    fs.chmodSync(path.join(folder, absolute), 0o755);
    fs.symlinkSync(absolute, path.join(folder, 'usr/local/bin', name));
  }
}

/** The Debian mirror that this machine's apt uses (one-line and deb822 files), or undefined. */
function mirrorInUse() {
  const listFolder = '/etc/apt/sources.list.d';
  const names = fs.existsSync(listFolder) ? fs.readdirSync(listFolder).sort() : [];
  const files = ['/etc/apt/sources.list', ...names.map((name) => path.join(listFolder, name))];
  const addresses = files.flatMap((file) => {
    const text = (readText(file) ?? '').replaceAll(/^\s*#.*$/gm, '');
    return [...text.matchAll(/^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(\S+)/gm)].map(
      (match) => match[1],
    );
  });
  return addresses.find((address) => /^https?:.*\/debian\/?$/.test(address));
}

const settings = new Map();

function npmSetting(name) {
  if (!settings.has(name)) {
    const npm = npmCommand();
    const value = execFileSync(npm.command, [...npm.args, 'config', 'get', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    settings.set(name, value === 'null' || value === 'undefined' ? undefined : value);
  }
  return settings.get(name);
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function readText(file) {
  return isFile(file) ? fs.readFileSync(file, 'utf8') : undefined;
}
