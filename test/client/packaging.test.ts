import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const file = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the client as it is shipped', () => {
  /** Inside the package, so that it finds itself by name as a dependent would. */
  let folder: string;
  beforeAll(() => {
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'consumer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is at most 12 KB for a browser, and the command that measures it agrees', async () => {
    const bytes = gzipSync(readFileSync(join(root, 'dist/browser/client.js')), { level: 9 }).length;
    expect(bytes).toBeLessThanOrEqual(12 * 1024);
    const { stdout } = await run(process.execPath, ['scripts/client-size.mjs', '--json'], {
      cwd: root,
    });
    expect(JSON.parse(stdout)).toEqual({ clientGzipBytes: bytes });
  });

  it('is one file that loads nothing and makes no code from text', () => {
    for (const name of ['client', 'store-indexeddb']) {
      const text = file(`dist/browser/${name}.js`);
      expect(/(^|[;}])import\b|\bimport\(|\beval\b|\bFunction\(|innerHTML/.exec(text)).toBeNull();
      expect(text.endsWith(`//# sourceMappingURL=${name}.js.map\n`)).toBe(true);
      const { sources } = JSON.parse(file(`dist/browser/${name}.js.map`)) as { sources: string[] };
      expect(sources.every((source) => source.startsWith('../../client/'))).toBe(true);
    }
  });

  it('loads by its name, in each of its shapes', async () => {
    const program = join(folder, 'load.mjs');
    writeFileSync(
      program,
      `import { createClient, GatehouseError } from 'gatehouse/client';
      import * as single from 'gatehouse/client/browser';
      import { IndexedDbStore } from 'gatehouse/client/store-indexeddb';
      const client = createClient({ url: 'ws://127.0.0.1:1', sdkAppId: 1, WebSocket: class {} });
      console.log(client.getLoginStatus(), typeof single.createClient, typeof IndexedDbStore, GatehouseError.name.length > 0);`,
    );
    const { stdout } = await run(process.execPath, [program]);
    expect(stdout.trim()).toBe('loggedOut function function true');
  });

  it('leaves out what an application does not use', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "import { GatehouseError } from 'gatehouse/client'; console.log(GatehouseError);",
        resolveDir: folder,
      },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).toContain('docs/errors.md');
    expect(text).not.toMatch(/sessionStorage|kickedOffline|statusChanged:/);
    expect(text.length).toBeLessThan(3000);
  });
});
