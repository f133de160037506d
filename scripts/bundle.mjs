import fs from 'node:fs';
import path from 'node:path';
import { root, SetupError } from './messages.mjs';

/** Single files for browsers: each entry of the client with all it needs, where its source exists. */
const bundles = [
  ['client/index.ts', 'browser/client.js'],
  ['client/store-indexeddb.ts', 'browser/store-indexeddb.js'],
];

const present = () => bundles.filter(([source]) => fs.existsSync(path.join(root, source)));

/** The files that `bundle` writes, relative to dist. */
export function bundleOutputs() {
  return present().flatMap(([, output]) => [output, `${output}.map`]);
}

/** Writes them: ES modules, minified, with source maps. Throws SetupError where the bundler refuses. */
export async function bundle() {
  if (present().length === 0) return;
  // Loaded late: the set-up runs before anything is installed.
  const { build } = await import('esbuild');
  for (const [source, output] of present()) {
    try {
      await build({
        entryPoints: [path.join(root, source)],
        outfile: path.join(root, 'dist', output),
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        sourcemap: true,
        logLevel: 'silent',
      });
    } catch (error) {
      throw new SetupError(`${source} cannot be bundled: ${error.message}`);
    }
  }
}
