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
  const server = (name: string, version: string): string =>
    checkout.program(name, `echo "${version} sha=00000000:0 malloc=libc bits=64"`);

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
    expect(run.stderr).toContain('REDIS_SERVER_BIN does not name a redis-server that runs');
    expect(checkout.has('.cache/redis-server.json')).toBe(false);
  });

  it('passes over programs on PATH that are too old, broken or no programs', () => {
    server('old/redis-server', 'Redis server v=6.0.16');
    checkout.program('broken/redis-server', 'exit 127');
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

  it('says what it tried and what to do when there is none', () => {
    checkout.program('bin/apt-get', '[ "$1" = --version ]');
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
