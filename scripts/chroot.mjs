import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './messages.mjs';

/** Processes that still run; a signal to us ends them, and with them all they started. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => process.exit(code));
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] inside the root
 * @property {Record<string, string>} [env] the whole environment but PATH, HOME and LANG
 * @property {string} [user] a user of the root; root when not given
 * @property {boolean} [isQuiet] keep the output back unless it fails
 */

/**
 * A Debian root folder in which commands run by chroot. Every command gets a mount and process namespace of its own, with
 * /proc and the caller's network files bound into it: nothing is ever mounted on the host, and when the command ends,
 * or we do, by whatever signal, the kernel takes the mounts and all processes away.
 */
export class Chroot {
  /**
   * @param {string} folder
   * @param {string[]} sharedFiles files of the host that appear at the same path inside, read-only
   */
  constructor(folder, sharedFiles) {
    this.folder = folder;
    this.sharedFiles = sharedFiles;
  }

  /** A path inside, seen from outside. */
  path(...parts) {
    return path.join(this.folder, ...parts);
  }

  /** Runs a command to its end. Rejects with SetupError unless it ends with 0. */
  async run(words, options = {}) {
    const { child, output } = this.start(words, options);
    const code = await ended(child);
    if (code === 0) return output.text;
    if (options.isQuiet === true) process.stderr.write(output.text);
    throw new SetupError(`${words.join(' ')} ended with ${code}`);
  }

  /** Starts a command; ends when `child` is killed. `output` grows when the options say isQuiet. */
  start(words, options = {}) {
    const { cwd = '/', env = {}, user = 'root', isQuiet = false } = options;
    const variables = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    Object.assign(variables, { HOME: user === 'root' ? '/root' : '/tmp', LANG: 'C.UTF-8' }, env);
    const inside = ['env', '-i', ...Object.entries(variables).map((pair) => pair.join('='))];
    const asUser =
      user === 'root' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
    const enter = ['chroot', this.folder, ...inside, 'sh', '-c', 'cd "$0" && exec "$@"', cwd];
    const child = spawnInNamespace([...this.#mounts(), [...enter, ...asUser, ...words]], isQuiet);
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output.text += text));
    }
    return { child, output };
  }

  #mounts() {
    const mounts = [['mount', '-t', 'proc', 'proc', this.path('proc')]];
    for (const file of this.sharedFiles) {
      const target = this.path(file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      if (!fs.existsSync(target)) fs.writeFileSync(target, '');
      mounts.push(['mount', '--bind', '-o', 'ro', file, target]);
    }
    return mounts;
  }
}

/**
 * Runs commands one after the other as root in namespaces of their own, and stops at the first that fails.
 * @param {string[][]} commands
 * @param {boolean} isQuiet
 */
export function spawnInNamespace(commands, isQuiet) {
  const script = commands.map((words) => words.map(quote).join(' ')).join(' && ');
  // The shell stays as process 1 of the namespace and takes in the orphans, which a test counts on.
  const words = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--',
    'sh',
    '-c',
    `${script}; exit $?`,
  ];
  const out = isQuiet ? 'pipe' : 'inherit';
  // --kill-child ends the namespace with unshare, and setpriv ends unshare with us, even after kill -9.
  const tied = ['--pdeathsig', 'KILL', '--', 'unshare', ...words];
  const child = spawn('setpriv', tied, { stdio: ['ignore', out, out] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** The exit code of a process, when it has ended and its output is complete. */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}

function quote(word) {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
