import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkout } from './checkout.ts';

interface Choice {
  readonly source: string;
  readonly bin: string;
  readonly env: Record<string, string>;
  readonly version: string;
}

describe('the search for a redis-server', () => {
  let checkout: Checkout;
  const find = ['scripts/find-redis.mjs'];
  const choice = (): Choice => JSON.parse(checkout.read('.cache/redis-server.json')) as Choice;
  const program = (name: string, script: string): string =>
    checkout.write(name, `#!/bin/sh\n${script}\n`, 0o755);
  const server = (name: string, version: string): string =>
    program(name, `echo "${version} sha=00000000:0 malloc=libc bits=64"`);

  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.remove());

  it('takes the one that REDIS_SERVER_BIN names', () => {
    const bin = server('own/my-redis', 'Redis server v=7.2.4');
    const run = checkout.node(find, { REDIS_SERVER_BIN: bin });
    expect(run.status, run.stderr).toBe(0);
    expect(choice()).toEqual({ source: 'env', bin, env: {}, version: 'Redis 7.2.4' });
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(`Redis 7.2.4 at ${bin} (env)`);
  });

  it('refuses a named one that does not work instead of using another', () => {
    const run = checkout.node(find, { REDIS_SERVER_BIN: '/nowhere/redis-server' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('REDIS_SERVER_BIN does not name a server that runs');
    expect(checkout.has('.cache/redis-server.json')).toBe(false);
  });

  it('passes over programs on PATH that are too old, broken or no programs', () => {
    server('old/redis-server', 'Redis server v=6.0.16');
    program('broken/redis-server', 'exit 127');
    checkout.write('plain/redis-server', 'text');
    const bin = server('with space/redis-server', 'Redis server v=8.0.2');
    const folders = ['old', 'broken', 'plain', 'absent', 'with space'].map((name) =>
      checkout.path(name),
    );
    const PATH = ['', '.', ...folders].join(path.delimiter);
    const run = checkout.node(find, { PATH, GATEHOUSE_REDIS_SOURCE: 'path' });
    expect(run.status, run.stderr).toBe(0);
    expect(choice()).toMatchObject({ source: 'path', bin, version: 'Redis 8.0.2' });
  });

  it('downloads and unpacks packages without root, with package lists of its own when the system has none', () => {
    program(
      'bin/apt-get',
      `case "$*" in
        *Dir::State::lists=*download*libssl3t64) : > redis-tools.deb ;;
        --version|*update*) ;;
        *) exit 100 ;;
      esac`,
    );
    program('bin/apt-cache', 'echo "  Depends: libc6"; echo " |Depends: libssl3t64"');
    program(
      'bin/dpkg-deb',
      `[ "$1" = --version ] && exit
      mkdir -p "$3/usr/bin" "$3/usr/lib/x86_64-linux-gnu"
      printf '#!/bin/sh\\n[ -n "$LD_LIBRARY_PATH" ] && echo "Redis server v=7.0.15"\\n' > "$3/usr/bin/redis-server"
      chmod +x "$3/usr/bin/redis-server"`,
    );
    const PATH = [checkout.path('bin'), process.env['PATH']].join(path.delimiter);
    const run = checkout.node(find, { PATH, GATEHOUSE_REDIS_SOURCE: 'rootless' });
    expect(run.status, run.stderr).toBe(0);
    const bin = checkout.path('.cache/redis/usr/bin/redis-server');
    expect(choice()).toMatchObject({ source: 'rootless', bin, version: 'Redis 7.0.15' });
    expect(choice().env['LD_LIBRARY_PATH']).toBe(
      checkout.path('.cache/redis/usr/lib/x86_64-linux-gnu'),
    );
    const again = checkout.node(find, { GATEHOUSE_REDIS_SOURCE: 'cache' });
    expect(again.status, again.stderr).toBe(0);
  });

  it('says what it tried and what to do when there is none', () => {
    program('bin/apt-get', '[ "$1" = --version ]');
    program('bin/apt-cache', 'exit 1');
    const PATH = [checkout.path('bin'), process.env['PATH']].join(path.delimiter);
    const run = checkout.node(find, { PATH, GATEHOUSE_REDIS_SOURCE: 'rootless' });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(
      /apt-get .*download redis-server redis-tools .*failed \(exit code 1\)/,
    );
    expect(run.stderr).toMatch(/What to do: .*(apt-get install|brew install)/);
    expect(run.stderr).toContain('REDIS_SERVER_BIN');
    expect(run.stderr).not.toMatch(/ at .*\.mjs:\d+/);
  });

  it('finds a server that runs on this machine, and starts none', () => {
    const run = checkout.node(find);
    expect(run.status, run.stderr).toBe(0);
    const { bin, env } = choice();
    const answer = spawnSync(bin, ['--version'], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    expect(answer.stdout).toMatch(/server v=/);
  });
});
