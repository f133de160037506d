import fs from 'node:fs';
import path from 'node:path';
import { root, SetupError } from './messages.mjs';

/** Single files for browsers: each entry with all it needs. */
const bundles = [
  ['client/index.ts', 'browser/client.js'],
  ['client/store-indexeddb.ts', 'browser/store-indexeddb.js'],
  ['playground/main.ts', 'playground/playground.js'],
];

/** What the playground's page has beside its script; served as it is. */
const pageFiles = ['index.html', 'playground.css', 'icon.svg'].map((name) => `playground/${name}`);

// A checkout of the set-up's tests has not all of them.
const isPresent = (file) => fs.existsSync(path.join(root, file));
const present = () => bundles.filter(([source]) => isPresent(source));

/** The files that `bundle` writes, relative to dist. */
export function bundleOutputs() {
  const scripts = present().flatMap(([, output]) => [output, `${output}.map`]);
  return [...scripts, ...pageFiles.filter(isPresent)];
}

/** Sources that only the bundles are made of; the compiler does not write them. */
export function bundleSources() {
  const folder = path.join(root, 'playground');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /^[a-z].*\.(ts|html|css|svg)$/.test(name))
    .map((name) => `playground/${name}`)
    .sort();
}

/** Writes them: ES modules, minified, with source maps. Throws SetupError where the bundler refuses. */
export async function bundle() {
  for (const file of pageFiles.filter(isPresent)) {
    fs.mkdirSync(path.join(root, 'dist', path.dirname(file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(root, 'dist', file));
  }
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
