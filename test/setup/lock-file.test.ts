import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './checkout.ts';

interface Entry {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Entry>>;
};
const packages = Object.entries(lock.packages).filter(([folder]) => folder !== '');
const nativeModule = 'node_modules/uWebSockets.js';

/** The entry that `folder` gets when it asks for `name`: its own, or that of a folder above. */
function locked(folder: string, name: string): Entry | undefined {
  const parts = folder.split('/node_modules/');
  for (; parts.length > 0; parts.pop()) {
    const entry = lock.packages[`${parts.join('/node_modules/')}/node_modules/${name}`];
    if (entry !== undefined) return entry;
  }
  return lock.packages[`node_modules/${name}`];
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

describe('package-lock.json', () => {
  it('pins the content of every package', () => {
    const loose = packages.filter(([, entry]) => entry.integrity?.startsWith('sha512-') !== true);
    expect(loose.map(([folder]) => folder)).toEqual([]);
  });

  it('names no address, so that every package comes from the registry in use', () => {
    expect(
      packages.filter(([, entry]) => entry.resolved !== undefined || entry.link === true),
    ).toEqual([]);
    const ranges = Object.values(lock.packages).flatMap((entry) =>
      Object.values({ ...entry.dependencies, ...entry.optionalDependencies }),
    );
    expect(
      ranges.filter((range) => /:\/\/|^(git|github|file|link):|^[\w-]+\/[\w-]+/.test(range)),
    ).toEqual([]);
  });

  it('has every package of every platform, or npm ci would refuse it', () => {
    const missing = Object.entries(lock.packages).flatMap(([folder, entry]) => {
      const names = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies });
      return names.filter((name) => locked(folder, name)?.version === undefined);
    });
    expect(missing).toEqual([]);
  });

  it('lifts ws above 8.21 for the native module too', () => {
    expect(lock.packages[nativeModule]?.name).toBe('@trufflesuite/uws-js-unofficial');
    const versions = packages
      .filter(([folder]) => folder.endsWith('node_modules/ws'))
      .map(([, entry]) => entry.version ?? '');
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((version) => isOlder(version, '8.21.0'))).toEqual([]);
    expect(isOlder(locked(nativeModule, 'ws')?.version ?? '0', '8.21.0')).toBe(false);
  });

  it('has no package whose install script is needed: they are optional, or work without it', () => {
    const withScript = packages.filter(([, entry]) => entry.hasInstallScript === true);
    const needed = withScript.filter(([, entry]) => entry.optional !== true);
    // esbuild's script only swaps a wrapper for the binary that its platform package brings anyway.
    expect(needed.map(([folder]) => folder)).toEqual(['node_modules/esbuild']);
  });
});
