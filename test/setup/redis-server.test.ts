import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe("a test's own redis-server", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('answers commands at an address below the ports of outgoing connections', async () => {
    expect(redis.port).toBeGreaterThan(6379);
    expect(redis.port).toBeLessThan(32_768);
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    await redis.cli('RPUSH', 'list', 'a', 'b');
    expect(await redis.cli('LRANGE', 'list', 0, -1)).toBe('a\nb');
    expect(await redis.call('LLEN', 'list')).toBe(2);
    expect(await redis.cli('GET', 'nothing')).toBe('');
  });

  it('rejects with the text of an error reply', async () => {
    await expect(redis.cli('LPUSH', 'list')).rejects.toThrow(/wrong number of arguments/);
  });

  it('writes nothing to disk and allows DEBUG from this machine', async () => {
    expect(await redis.cli('CONFIG', 'GET', 'save')).toBe('save\n');
    expect(await redis.cli('DEBUG', 'SLEEP', '0')).toBe('OK');
  });

  it.runIf(process.platform === 'linux')(
    'answers nothing while it is paused and the held command after it',
    async () => {
      redis.pause();
      await expect.poll(() => fs.readFileSync(`/proc/${redis.pid}/stat`, 'utf8')).toMatch(/ T /);
      const held = redis.cli('ECHO', 'held');
      redis.resume();
      expect(await held).toBe('held');
    },
  );

  it('comes back empty at the same address after a kill', async () => {
    const before = redis.pid;
    await redis.cli('SET', 'key', 'value');
    await redis.kill();
    await expect(redis.cli('PING')).rejects.toThrow();
    await redis.restart();
    expect(redis.pid).not.toBe(before);
    expect(await redis.cli('GET', 'key')).toBe('');
  });

  it('keeps what a SAVE wrote over a restart', async () => {
    await redis.cli('SET', 'kept', 'yes');
    await redis.cli('SAVE');
    await redis.restart();
    expect(await redis.cli('GET', 'kept')).toBe('yes');
  });

  it('listens on a unix socket when asked, and leaves no folder behind', async () => {
    const other = await startRedis({ unixSocket: true });
    expect(await other.cli('PING')).toBe('PONG');
    expect(other.port).toBe(0);
    await other.stop();
    await other.stop();
    expect(fs.existsSync(other.folder)).toBe(false);
  });

  it('tells why it does not come up', async () => {
    await expect(startRedis({ port: redis.port })).rejects.toThrow(/Address already in use/);
  });

  it.runIf(process.platform === 'linux')('ends with a process that is killed', async () => {
    const module = path.resolve(import.meta.dirname, '../../dist/test/support/redis-server.js');
    const program = `const { startRedis } = await import(${JSON.stringify(module)});
      console.log((await startRedis()).pid); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString());
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  // A zombie without a parent that waits for it is as gone as it can be.
  const file = `/proc/${pid}/stat`;
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').split(' ')[2] !== 'Z';
}
