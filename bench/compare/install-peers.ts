import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const isBuilt = import.meta.url.includes('/dist/');
const source = fileURLToPath(new URL('../peers/', import.meta.url));
const cache = fileURLToPath(new URL(`${isBuilt ? '../' : ''}../../.cache/peers/`, import.meta.url));
const stampFile = `${cache}.stamp`;
const files = ['package.json', 'package-lock.json', 'socketio.mjs'] as const;

/** Where the peers are, or why they cannot be had. */
export type Peers =
  | { readonly kind: 'installed'; readonly folder: string }
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * Installs the packages of the peers, exactly as their lock file says, into .cache/peers: they are no part of Gatehouse, and only
 * whoever compares needs them. What stands there already is left alone; no package runs a script.
 */
export function installPeers(): Peers {
  const lock = readFileSync(`${source}package-lock.json`);
  const stamp = `${createHash('sha256').update(lock).digest('hex')} abi ${process.versions.modules}`;
  mkdirSync(cache, { recursive: true });
  for (const file of files) cpSync(`${source}${file}`, `${cache}${file}`);
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional'];
    const { status, error, stderr } = spawnSync('npm', words, { cwd: cache, encoding: 'utf8' });
    if (status !== 0) {
      const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
      return { kind: 'unavailable', why: `npm ci failed: ${why}` };
    }
    writeFileSync(stampFile, stamp);
  }
  return { kind: 'installed', folder: cache };
}

/** The versions of the packages that are compared with, as they are asked for. */
export function peerVersions(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(`${source}package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = Object.keys(dependencies).filter((name) => name.includes('socket.io'));
  return Object.fromEntries(names.map((name) => [name, dependencies[name] ?? '']));
}
