// node scripts/native-module.mjs SPEC: after SPEC was installed as uWebSockets.js, checks that it is what it should
// be, removes the binaries for other systems, and proves that it loads here. Used by the Dockerfile.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root, say } from './messages.mjs';

/** Packages of the registry that this project was tested with, and what must come for them, whatever a registry says. */
const pinned = {
  'npm:@btc-vision/uwebsockets.js@20.57.0':
    'sha512-SuPpEjSKZ7P58L/27BXXsrGsMwLmPupfYny8oJsOmFZ4+zX7Ca97nBPtZ3ngKbfeDZzTyi7rXri74INGerhugg==',
};

const spec = process.argv[2] ?? '';
const modules = path.join(root, 'node_modules');
const folder = path.join(modules, 'uWebSockets.js');

const problem = checkIntegrity() ?? checkLoading();
if (problem === undefined) {
  removeForeignBinaries();
} else {
  say(`uWebSockets.js (${spec}): ${problem}`);
  process.exitCode = 1;
}

function checkIntegrity() {
  const wanted = pinned[spec];
  if (wanted === undefined) {
    say(`uWebSockets.js comes from ${spec}: its content is not pinned by this project`);
    return undefined;
  }
  const notes = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  const { integrity } = notes.packages['node_modules/uWebSockets.js'] ?? {};
  return integrity === wanted ? undefined : `its content is ${integrity}, but ${wanted} is pinned`;
}

/** The native module exports SSLApp; the pure JavaScript stand-in of some packages does not. */
function checkLoading() {
  try {
    const loaded = createRequire(import.meta.url)('uWebSockets.js');
    if (typeof loaded.SSLApp !== 'function') return 'it fell back to a pure JavaScript server';
    return undefined;
  } catch (error) {
    return `it does not load on Node ${process.versions.node} here: ${error.message.trim()}`;
  }
}

function removeForeignBinaries() {
  const own = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const binaries = fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.node'));
  const foreign = binaries.filter((entry) => entry.name !== own);
  for (const entry of foreign) fs.rmSync(path.join(entry.parentPath ?? entry.path, entry.name));
  say(`uWebSockets.js (${spec}) loads natively; kept ${own}, removed ${foreign.length} others`);
}
