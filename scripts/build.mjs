import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle, bundleOutputs, bundleSources } from './bundle.mjs';
import { withLock } from './lock.mjs';
import { SetupError, root, say } from './messages.mjs';
import { readText } from './read-text.mjs';

const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.stamp');
const buildInfo = path.join(dist, '.tsbuildinfo');
const compiled = ['.js', '.js.map', '.d.ts'];

/**
 * Builds dist unless it was built from exactly the sources of now.
 * Throws SetupError on a type error; with `isLenient` it warns instead (the compiler writes its output all the same).
 * @param {{ isLenient?: boolean }} [options]
 */
export async function buildIfStale(options = {}) {
  const sources = listSources();
  if (readText(stampFile) !== fingerprint(sources) || isOutputMissing(sources))
    await build(options);
}

/**
 * Compiles the folders of tsconfig.build.json into dist, copies what is not TypeScript beside it (Lua scripts, static
 * files), bundles the client and the playground for browsers and removes the outputs of sources that are gone.
 * @param {{ isLenient?: boolean }} [options]
 */
export async function build(options = {}) {
  const startedAt = performance.now();
  const sources = listSources();
  // Taken before the compiler reads them: a file saved meanwhile must make the build stale.
  const stamp = fingerprint(sources);
  fs.mkdirSync(dist, { recursive: true });
  fs.rmSync(stampFile, { force: true });
  removeStale(sources);
  // The incremental compiler believes its notes and would not write a missing file again.
  if (isOutputMissing(sources)) fs.rmSync(buildInfo, { force: true });
  const isClean = compile();
  for (const source of sources.filter((file) => !isTypeScript(file))) {
    const target = path.join(dist, source);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(root, source), target);
  }
  await bundle();
  const program = path.join(dist, 'gateway', 'main.js');
  if (fs.existsSync(program)) fs.chmodSync(program, 0o755);
  if (isClean) {
    fs.writeFileSync(stampFile, stamp);
    say(`built dist in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return;
  }
  if (options.isLenient !== true)
    throw new SetupError('the build failed: see the type errors above.');
  say('type errors (above): going on with what the compiler wrote');
}

function compile() {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!fs.existsSync(tsc)) {
    throw new SetupError(
      'the compiler is not installed. What to do: npm run build (it installs first).',
    );
  }
  const args = [tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'];
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error !== undefined) throw result.error;
  return result.status === 0;
}

/** Every file that takes part, relative to the root, sorted; folders as tsconfig.build.json names them. */
function listSources() {
  const { include } = JSON.parse(fs.readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8'));
  return include
    .flatMap((folder) => listFiles(folder))
    .filter(isSource)
    .sort();
}

function listFiles(folder) {
  const absolute = path.join(root, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs
    .readdirSync(absolute, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

/** Documents and tests stay where they are; hidden files and editors' left-overs are nobody's source. */
function isSource(file) {
  if (file.endsWith('.md') || file.endsWith('.test.ts')) return false;
  return !path.basename(file).startsWith('.') && !file.endsWith('~');
}

function isTypeScript(file) {
  return file.endsWith('.ts') && !file.endsWith('.d.ts');
}

function outputsOf(source) {
  if (!isTypeScript(source)) return [source];
  const stem = source.slice(0, -'.ts'.length);
  return compiled.map((ending) => stem + ending);
}

function isOutputMissing(sources) {
  const outputs = sources.map((source) => outputsOf(source)[0]);
  return [...outputs, ...bundleOutputs()].some((file) => !fs.existsSync(path.join(dist, file)));
}

function removeStale(sources) {
  const outputs = [...sources.flatMap(outputsOf), ...bundleOutputs()];
  const wanted = new Set(outputs.map((file) => path.join('dist', file)));
  for (const file of listFiles('dist')) {
    const absolute = path.join(root, file);
    if (!wanted.has(file) && absolute !== buildInfo) fs.rmSync(absolute);
  }
}

/** One hash over names and contents, so that a checkout or a touch that changes nothing costs no build. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  const settings = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    'scripts/build.mjs',
    'scripts/bundle.mjs',
  ];
  for (const file of [...settings, ...sources, ...bundleSources()]) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0');
  }
  return `${hash.digest('hex')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await withLock(() => build());
  } catch (error) {
    say(error.isExpected ? error.message : error.stack);
    process.exitCode = 1;
  }
}
