import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closingLine } from '../support/closing-line.ts';
import { projectRoot } from './checkout.ts';

describe('the closing line of a test run', () => {
  let folder: string;
  beforeEach(() => {
    fs.mkdirSync(path.join(projectRoot, '.cache'), { recursive: true });
    folder = fs.mkdtempSync(path.join(projectRoot, '.cache', 'closing-line-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  function runTests(files: Record<string, string>): { status: number | null; last: string } {
    for (const [name, body] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, `${name}.test.ts`), body);
    }
    fs.writeFileSync(path.join(folder, 'vitest.config.mjs'), 'export default {};');
    const reporter = path.join(projectRoot, 'test/support/closing-line.ts');
    const args = [
      path.join(projectRoot, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      folder,
    ];
    args.push('--reporter', 'default', '--reporter', reporter);
    const run = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    expect(run.stdout.endsWith('\n')).toBe(true);
    return { status: run.status, last: run.stdout.trimEnd().split('\n').at(-1) ?? '' };
  }

  it('names skipped tests only when there are any', () => {
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('Tests: 3 passed, 0 failed');
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe(
      'Tests: 3 passed, 1 failed, 2 skipped',
    );
  });

  it('is the last line of a green run', () => {
    const passes = "import { it } from 'vitest'; it('a', () => {}); it('b', () => {});";
    expect(runTests({ passes })).toEqual({ status: 0, last: 'Tests: 2 passed, 0 failed' });
  });

  it('counts a file that does not load and a hook that throws as failures', () => {
    const result = runTests({
      mixed: `import { describe, beforeAll, it } from 'vitest';
        it('passes', () => {}); it('fails', () => { throw new Error('no'); }); it.skip('skipped', () => {});
        describe('with a hook', () => { beforeAll(() => { throw new Error('hook'); }); it('never runs', () => {}); });`,
      unloadable: "import './absent.ts';",
    });
    expect(result).toEqual({ status: 1, last: 'Tests: 1 passed, 3 failed, 2 skipped' });
  });

  it('counts an error outside any test, and a process that dies', () => {
    const result = runTests({
      loose: `import { it } from 'vitest';
        it('passes', async () => { setTimeout(() => { throw new Error('loose'); }); await new Promise((r) => setTimeout(r, 50)); });`,
      dies: "import { it } from 'vitest'; it('dies', () => process.kill(process.pid, 'SIGKILL'));",
    });
    expect(result.status).toBe(1);
    expect(result.last).toMatch(/^Tests: 1 passed, [1-9]\d* failed$/);
  });
});
