import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkout, projectRoot } from './checkout.ts';

describe('the build', () => {
  let checkout: Checkout;
  const build = ['scripts/build.mjs'];
  const stale = ['-e', `import('./scripts/build.mjs').then(({ buildIfStale }) => buildIfStale())`];

  beforeEach(() => {
    checkout = new Checkout();
    for (const name of [
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
      'package-lock.json',
    ]) {
      checkout.copy(name);
    }
    fs.symlinkSync(path.join(projectRoot, 'node_modules'), checkout.path('node_modules'));
    checkout.write('gateway/main.ts', '#!/usr/bin/env node\nexport const port: number = 7600;\n');
    checkout.write('gateway/registry/redis/scripts/login.lua', 'return 1\n');
    checkout.write('gateway/README.md', 'not for dist\n');
  });
  afterEach(() => checkout.remove());

  it('compiles, copies Lua scripts beside it and makes the program executable', () => {
    const run = checkout.node(build);
    expect(run.status, run.stderr).toBe(0);
    expect(checkout.read('dist/gateway/main.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(fs.statSync(checkout.path('dist/gateway/main.js')).mode & 0o111).toBe(0o111);
    expect(checkout.read('dist/gateway/registry/redis/scripts/login.lua')).toBe('return 1\n');
    expect(checkout.has('dist/gateway/README.md')).toBe(false);
  });

  it('removes the outputs of sources that are gone', () => {
    checkout.write('gateway/old.ts', 'export const old = 1;\n');
    checkout.node(build);
    expect(checkout.has('dist/gateway/old.js')).toBe(true);
    fs.rmSync(checkout.path('gateway/old.ts'));
    checkout.node(build);
    expect(checkout.has('dist/gateway/old.js')).toBe(false);
    expect(checkout.has('dist/gateway/old.d.ts')).toBe(false);
    expect(checkout.has('dist/gateway/main.js')).toBe(true);
  });

  it('is left out when it was made from the sources of now', () => {
    checkout.node(build);
    const run = checkout.node(stale);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toBe('');
  });

  it('is made again when a script changed or an output is missing', () => {
    checkout.node(build);
    checkout.write('gateway/registry/redis/scripts/login.lua', 'return 2\n');
    fs.rmSync(checkout.path('dist/gateway/main.js'));
    expect(checkout.node(stale).stderr).toContain('built dist');
    expect(checkout.read('dist/gateway/registry/redis/scripts/login.lua')).toBe('return 2\n');
    expect(checkout.has('dist/gateway/main.js')).toBe(true);
  });

  it('fails on a type error, and again until it is mended', () => {
    checkout.write('gateway/wrong.ts', "export const wrong: number = 'text';\n");
    const run = checkout.node(build);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('gateway/wrong.ts(1,14)');
    expect(checkout.node(stale).status).not.toBe(0);
    checkout.write('gateway/wrong.ts', 'export const wrong: number = 1;\n');
    expect(checkout.node(stale).status).toBe(0);
  });
});
