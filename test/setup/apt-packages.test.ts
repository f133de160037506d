import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkout } from './checkout.ts';

/** Each program that is fetched by apt where it is not there: what its package holds and what it answers. */
const fetched = [
  {
    script: 'scripts/find-redis.mjs',
    source: 'GATEHOUSE_REDIS_SOURCE',
    asked: 'redis-server redis-tools',
    folder: '.cache/redis',
    bin: 'usr/bin/redis-server',
    answer: 'Redis server v=7.0.15',
    choice: '.cache/redis-server.json',
    version: 'Redis 7.0.15',
  },
  {
    script: 'scripts/find-chromium.mjs',
    source: 'GATEHOUSE_CHROMIUM_SOURCE',
    asked: 'chromium-headless-shell',
    folder: '.cache/chromium',
    bin: 'usr/lib/chromium/chromium-headless-shell',
    answer: 'Chromium 140.0.7339.80 built on Debian',
    choice: '.cache/chromium.json',
    version: 'Chromium 140.0.7339.80',
  },
];

describe.each(fetched)('packages of apt, fetched by $script', (one) => {
  let checkout: Checkout;
  const libraries = `${one.folder}/usr/lib/x86_64-linux-gnu`;
  const run = (source: string) => {
    const PATH = [checkout.path('bin'), process.env['PATH']].join(path.delimiter);
    return checkout.node([one.script], { PATH, [one.source]: source });
  };

  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.remove());

  it('are unpacked without root, with package lists of its own when the system has none', () => {
    checkout.program(
      'bin/apt-get',
      `case "$*" in
        --version|*update*) ;;
        *Dir::State::lists=*"-s --no-install-recommends install ${one.asked}")
          echo "Inst libssl3t64 (3.5 Debian:13)"; echo "Inst libc6 (2.41)"; echo "Conf libssl3t64" ;;
        *Dir::State::lists=*"download ${one.asked} libssl3t64") : > one.deb ;;
        *) exit 100 ;;
      esac`,
    );
    checkout.program(
      'bin/dpkg-deb',
      `[ "$1" = --version ] && exit
      mkdir -p "$3/${path.dirname(one.bin)}" "$3/usr/lib/x86_64-linux-gnu/inner"
      : > "$3/usr/lib/x86_64-linux-gnu/inner/libpart.so"
      printf '#!/bin/sh\\n[ -n "$LD_LIBRARY_PATH" ] && echo "${one.answer}"\\n' > "$3/${one.bin}"
      chmod +x "$3/${one.bin}"`,
    );
    const first = run('rootless');
    expect(first.status, first.stderr).toBe(0);
    const bin = checkout.path(one.folder, one.bin);
    expect(JSON.parse(checkout.read(one.choice))).toEqual({
      source: 'rootless',
      bin,
      env: {
        LD_LIBRARY_PATH: [libraries, `${libraries}/inner`]
          .map((name) => checkout.path(name))
          .join(':'),
      },
      version: one.version,
    });
    expect(fs.readdirSync(checkout.path(one.folder)).sort()).toEqual(['usr']);
    const again = run('cache');
    expect(again.status, again.stderr).toBe(0);
  });

  it('that cannot be fetched end in a text of what was tried', () => {
    checkout.program('bin/apt-get', '[ "$1" = --version ]');
    const { status, stderr } = run('rootless');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`apt-get .*download ${one.asked} .*failed \\(exit code 1\\)`),
    );
    expect(stderr).toMatch(/What to do: .*(apt-get install|brew install)/);
    expect(stderr).not.toMatch(/ at .*\.mjs:\d+/);
  });
});
