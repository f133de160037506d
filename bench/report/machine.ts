import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { readVersion } from '../../gateway/cli/version.ts';
import { loadNative } from '../../gateway/transport/uws/native.ts';
import type { Machine, Versions } from './result.ts';

/** The machine the bench runs on. */
export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    // What a vendor adds to the version of the kernel says more of the machine's owner than of its speed.
    system: `${os.type()} ${os.release().replace(/-.*/, '')} ${os.arch()}`,
  };
}

/** Versions of what runs; `redis` as the server itself says, or `none`. */
export function theseVersions(redis: string): Versions {
  const native = loadNative();
  return {
    gatehouse: readVersion(),
    node: process.versions.node,
    uWebSockets: native.kind === 'loaded' ? native.version : 'none',
    redis,
    ioredis: packageVersion('ioredis'),
  };
}

/** Of an installed package; `unknown` when it does not say. */
function packageVersion(name: string): string {
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version);
  } catch {
    return 'unknown';
  }
}
