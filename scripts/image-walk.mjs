import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { copyCheckout, listCheckout } from './checkout-files.mjs';
import { ended } from './chroot.mjs';
import { dockerIgnore, execForm } from './dockerfile.mjs';
import { SetupError, root, say } from './messages.mjs';

/** The build arguments of a stage with their defaults; UWEBSOCKETS of the environment overrides, as --build-arg does. */
export function buildArguments(stage) {
  const pairs = stage.steps
    .filter((step) => step.word === 'ARG')
    .map((step) => step.text.split(/=(.*)/s, 2));
  return Object.fromEntries(pairs.map(([name, value = '']) => [name, process.env[name] ?? value]));
}

/** Does what `docker build` would do, stage by stage, and returns what the last stage sets for the container. */
export async function walkStages(trixie, stages, network) {
  let container;
  for (const stage of stages) {
    container = { cwd: '/', user: 'root', env: {}, health: [], entry: [] };
    const state = { trixie, container, network, build: buildArguments(stage) };
    for (const step of stage.steps) {
      say(`[${stage.name}] ${step.word} ${step.text}`);
      await walkers[step.word](step.text, state);
    }
  }
  return container;
}

const walkers = {
  ARG: () => undefined,
  EXPOSE: () => undefined,
  ENV: (text, { container }) => {
    const [name, value] = text.split(/=(.*)/s, 2);
    container.env[name] = value;
  },
  USER: (text, { container }) => (container.user = text),
  HEALTHCHECK: (text, { container }) => (container.health = execForm(text)),
  ENTRYPOINT: (text, { container }) => (container.entry = execForm(text)),
  WORKDIR: (text, { trixie, container }) => {
    // A container starts from an empty folder every time; here the last walk may have left one.
    fs.rmSync(trixie.path(text), { recursive: true, force: true });
    fs.mkdirSync(trixie.path(text), { recursive: true });
    container.cwd = text;
  },
  COPY: (text, { trixie, container }) => {
    const words = text.split(/\s+/);
    const target = trixie.path(container.cwd, words.pop());
    const sources = words.filter((word) => !word.startsWith('--'));
    if (sources.length < words.length) {
      // `COPY --from=stage folder folder` copies what is in it; the stages lie side by side in one root.
      for (const source of sources) copyBetweenStages(trixie.path(source), target);
      return;
    }
    const isIgnored = dockerIgnore(fs.readFileSync(path.join(root, '.dockerignore'), 'utf8'));
    const files = listCheckout().filter((file) => !isIgnored(file));
    const isNamed = (file) =>
      sources.some((source) => source === '.' || source === file || file.startsWith(`${source}/`));
    copyCheckout(files.filter(isNamed), target);
  },
  RUN: (text, { trixie, container, network, build }) =>
    trixie.run(['sh', '-c', text], {
      cwd: container.cwd,
      env: { ...network, ...container.env, ...build },
    }),
};

function copyBetweenStages(source, target) {
  const isFolder = fs.statSync(source).isDirectory();
  const to = isFolder ? target : path.join(target, path.basename(source));
  fs.cpSync(source, to, { recursive: true, verbatimSymlinks: true });
}

/** Starts the entry point as the image's user, waits until its health check passes, and stops it as Docker would. */
export async function tryImage(trixie, image) {
  const { cwd, user, env } = image;
  const app = `1400000000:${randomBytes(32).toString('hex')}`;
  const words = [...image.entry, '--transport', 'uws', '--host', '127.0.0.1', '--app', app];
  say(`starting ${image.entry.join(' ')} as ${user}`);
  const { child } = trixie.start(words, { cwd, user, env });
  const limit = Date.now() + 30_000;
  const end = ended(child);
  let isHealthy = false;
  while (!isHealthy && child.exitCode === null && Date.now() < limit) {
    await delay(250);
    isHealthy = await passes(trixie, image);
  }
  const pid = descendants(child.pid).find(
    (descendant) => commandLine(descendant) === words.join(' '),
  );
  if (!isHealthy || pid === undefined) {
    throw new SetupError('the image: its health check did not pass within 30 s');
  }
  process.kill(pid, 'SIGTERM');
  const code = await end;
  if (code !== 0) throw new SetupError(`the image: after SIGTERM it ended with ${code}, not 0`);
  say('the image starts, is healthy, and ends with 0 after SIGTERM');
}

async function passes(trixie, image) {
  const { child } = trixie.start(image.health, {
    cwd: image.cwd,
    user: image.user,
    env: image.env,
    isQuiet: true,
  });
  return (await ended(child)) === 0;
}

/** Processes below `ancestor`, from /proc: inside its namespace the program has another number. */
function descendants(ancestor) {
  const children = fs.readFileSync(`/proc/${ancestor}/task/${ancestor}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return pids.flatMap((pid) => [pid, ...descendants(pid)]);
}

function commandLine(pid) {
  return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
}
