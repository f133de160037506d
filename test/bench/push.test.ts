import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PushResult } from '../../bench/redis/pushes.ts';

const main = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));

describe('the bench of pushes', () => {
  it('tells what one costs, kept and not', () => {
    const command = [main, 'push', '--rounds', '1', '--pushes', '10'];
    const { status, stdout } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(status).toBe(0);
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PushResult);
    expect(results.map(({ isKept }) => isKept)).toEqual([false, true]);
    const [plain, kept] = results.map(({ commandsPerPush }) => commandsPerPush);
    expect(plain).toEqual({ evalsha: 1, time: 1, hgetall: 1, publish: 1 });
    expect(kept).toMatchObject({ ...plain, rpush: 1, expire: 1 });
    for (const { cpuUsPerPush } of results) expect(cpuUsPerPush).toBeGreaterThan(0);
  });
});
