import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readCpuUs, readDescendants, readRssBytes } from './process-cpu.ts';
import type { ProbeAnswer, ProbeRequest } from './probe.ts';

const probe = new URL('./probe.js', import.meta.url).href;

/** Lines of a server's log that are kept to explain why it ended. */
const keptLines = 20;

/** Memory of a server after its garbage was collected, in bytes. */
export interface MemoryReading extends ProbeAnswer {
  readonly rssBytes: number;
}

/** How a server is started. */
export interface StartOptions {
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** False for a program that answers `ProbeRequest`s itself, as far as it can. */
  readonly isProbed?: boolean;
}

/**
 * A server under measurement: a Node process of the bench's own that logs JSON lines and says `ready` with its `url`; and all that it
 * has started.
 */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  /** Where it listens, and where its operators call; the latter is empty where it has no such port. */
  port = 0;
  adminUrl = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Starts a script and waits until it serves; rejects with the end of its log when it ends before that.
   */
  static async start(
    script: URL,
    words: readonly string[],
    { env = {}, isProbed = true }: StartOptions = {},
  ): Promise<MeasuredProcess> {
    const args = [...(isProbed ? ['--import', probe] : []), fileURLToPath(script), ...words];
    const child = spawn(process.execPath, args, {
      env: { ...ownEnvironment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const server = new MeasuredProcess(child);
    const { url, adminUrl = '' } = await server.#ready();
    server.port = Number(new URL(url).port);
    server.adminUrl = adminUrl;
    return server;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Its process and all that it has started. */
  get #pids(): readonly number[] {
    return [this.pid, ...readDescendants(this.pid)];
  }

  /** CPU time used so far, in microseconds. */
  get cpuUs(): number {
    if (this.#isGone()) throw this.#endedError();
    return this.#pids.reduce((sum, pid) => sum + readCpuUs(pid), 0);
  }

  /** Resident memory, in bytes. */
  get rssBytes(): number {
    return this.#pids.reduce((sum, pid) => sum + readRssBytes(pid), 0);
  }

  /** Waits until the process has nothing left to do: closes, collections and compilations of what went before. */
  async quiet(): Promise<void> {
    const stepMs = 100;
    for (let before = this.cpuUs, calm = 0; calm < 2;) {
      await delay(stepMs);
      const now = this.cpuUs;
      calm = now - before < stepMs * 1000 * 0.05 ? calm + 1 : 0;
      before = now;
    }
  }

  /** Memory without garbage. */
  async memory(): Promise<MemoryReading> {
    await this.quiet();
    const answer = await this.#ask({ ask: 'collect' });
    await this.quiet();
    return { ...answer, rssBytes: this.rssBytes };
  }

  /** Collects garbage, whatever else it does; for servers that are never quiet. */
  async collect(): Promise<ProbeAnswer> {
    return this.#ask({ ask: 'collect' });
  }

  /** From here on every call is sampled. */
  async startProfile(): Promise<void> {
    await this.#ask({ ask: 'startProfile' });
  }

  /** Ends the sampling and writes a .cpuprofile. */
  async writeProfile(file: string): Promise<void> {
    await this.#ask({ ask: 'writeProfile', file });
  }

  /** From here on the delay of its event loop is watched. */
  async watchLoop(): Promise<void> {
    await this.#ask({ ask: 'watchLoop' });
  }

  /** The delay of its event loop since then, in milliseconds. */
  async loopDelay(): Promise<Pick<ProbeAnswer, 'loopDelayP99Ms' | 'loopDelayMaxMs'>> {
    return this.#ask({ ask: 'readLoop' });
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return !this.#isGone();
  }

  /** Asks the process to end itself (SIGTERM), as an operator does. */
  drain(): void {
    this.#child.kill('SIGTERM');
  }

  /** Stops the process in its tracks: its connections stay as they are and nothing is answered any more. */
  freeze(): void {
    signalAll(this.#pids, 'SIGSTOP');
  }

  /** Ends the process at once. Safe to call again. */
  async kill(): Promise<void> {
    if (this.#isGone()) return;
    const gone = once(this.#child, 'exit');
    signalAll(this.#pids, 'SIGKILL');
    await gone;
  }

  #ask(request: ProbeRequest): Promise<ProbeAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(this.#endedError());
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer: ProbeAnswer) => {
        this.#child.off('exit', onExit);
        resolve(answer);
      });
      this.#child.send(request);
    });
  }

  #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #endedError(): Error {
    return new Error(`a server ended by itself:\n${this.#lastLines.join('\n')}`);
  }

  #ready(): Promise<ReadyLine> {
    return new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        if (this.#lastLines.push(line) > keptLines) this.#lastLines.shift();
        const ready = readyLine(line);
        if (ready !== undefined) resolve(ready);
      });
      this.#child.once('error', reject);
      this.#child.once('close', () => reject(this.#endedError()));
    });
  }
}

interface ReadyLine {
  readonly url: string;
  readonly adminUrl?: string;
}

function readyLine(line: string): ReadyLine | undefined {
  try {
    const said = JSON.parse(line) as { readonly msg?: unknown } & ReadyLine;
    return said.msg === 'ready' && typeof said.url === 'string' ? said : undefined;
  } catch {
    return undefined;
  }
}

/** One that has ended meanwhile needs no signal. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Settings that the user keeps for a gateway of theirs are not those of the bench. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_'));
  return Object.fromEntries(entries);
}
