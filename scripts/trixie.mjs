// npm run test:trixie: walks the Dockerfile in a Debian trixie root, starts the image's program as its user, and runs the
// whole suite there: Node 24, glibc 2.41, Redis 8 and the uWebSockets.js of the image. Not part of `npm test`.
import fs from 'node:fs';
import path from 'node:path';
import { copyCheckout, listCheckout } from './checkout-files.mjs';
import { readDockerfile } from './dockerfile.mjs';
import { buildArguments, tryImage, walkStages } from './image-walk.mjs';
import { SetupError, root, say } from './messages.mjs';
import { networkEnvironment, trixieRoot } from './trixie-root.mjs';

/** Where the checkout lies inside for the suite; the image's own folders are the Dockerfile's. */
const checkout = '/checkout';
const parts = ['root', 'image', 'suite'];

async function main(wanted) {
  const unknown = wanted.find((part) => !parts.includes(part));
  if (unknown !== undefined) {
    throw new SetupError(`usage: node scripts/trixie.mjs [${parts.join('|')}]...`);
  }
  const isWanted = (part) => wanted.length === 0 || wanted.includes(part);
  const trixie = await trixieRoot();
  const env = networkEnvironment();
  const stages = readDockerfile(fs.readFileSync(path.join(root, 'Dockerfile'), 'utf8'));
  await printVersions(trixie, stages);
  if (isWanted('image')) await tryImage(trixie, await walkStages(trixie, stages, env));
  if (isWanted('suite')) await runSuite(trixie, stages, env);
}

async function printVersions(trixie, stages) {
  const script =
    'node --version; npm --version; ldd --version | head -1; redis-server --version; cat /etc/debian_version';
  const [node, npm, libc, redis, debian] = (
    await trixie.run(['sh', '-c', script], { isQuiet: true })
  ).split('\n');
  const version = /v=(\S+)/.exec(redis)?.[1];
  say(`Debian ${debian}, Node ${node}, npm ${npm}, ${libc}, Redis ${version}`);
  say(`uWebSockets.js from ${buildArguments(stages[0]).UWEBSOCKETS}`);
}

async function runSuite(trixie, stages, network) {
  const inside = trixie.path(checkout);
  fs.mkdirSync(inside, { recursive: true });
  // node_modules is kept, as in any checkout that is pulled; everything else is what git knows or would.
  for (const name of fs.readdirSync(inside)) {
    if (name !== 'node_modules') fs.rmSync(path.join(inside, name), { recursive: true });
  }
  copyCheckout(listCheckout(), inside);
  const options = { cwd: checkout, env: network };
  const { UWEBSOCKETS: spec } = buildArguments(stages[0]);
  const install = ['npm', 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await trixie.run(['node', 'scripts/bootstrap.mjs', 'install'], options);
  await trixie.run([...install, `uWebSockets.js@${spec}`], options);
  await trixie.run(['node', 'scripts/native-module.mjs', spec], options);
  await trixie.run(['npm', 'test'], options);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(error.isExpected ? error.message : error.stack);
  process.exitCode = 1;
}
