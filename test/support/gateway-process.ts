import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dieWithParent } from './die-with-parent.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** From the sources and from the build the built gateway is two folders up or three. */
const main = fileURLToPath(
  new URL(
    import.meta.url.includes('/dist/') ? '../../gateway/main.js' : '../../dist/gateway/main.js',
    import.meta.url,
  ),
);

/** One line of the gateway's JSON log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** How a gateway process is started. */
export interface GatewayOptions {
  /** Flags behind `start`. Ports are free ones unless given. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Hears each line of the log from the start; then `log` and `stderr` do not keep it. For logs that grow long. */
  readonly onLog?: (line: LogLine) => void;
}

/** A real gateway process of the caller's own, killed by its pid when the caller ends. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly log: LogLine[] = [];
  stdout = '';
  stderr = '';
  #ready: LogLine | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a node and waits until it serves; rejects with its output when it ends before that. */
  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const { nodeFlags = [], flags, env = {} } = options;
    const ports = [
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--admin-port',
      '0',
      '--log-format',
      'json',
    ];
    const gateway = new GatewayProcess(
      launch([...nodeFlags, main, 'start', ...ports, ...flags], env),
    );
    gateway.#ready = await gateway.#read(options.onLog);
    return gateway;
  }

  #read(onLog: GatewayOptions['onLog']): Promise<LogLine> {
    const child = this.#child;
    child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()));
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (text) => {
        const line = parseLine(text);
        if (line === undefined || onLog === undefined) this.stderr += `${text}\n`;
        if (line === undefined) return;
        if (onLog === undefined) this.log.push(line);
        else onLog(line);
        if (line.msg === 'ready') resolve(line);
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the gateway ended with ${signal ?? code}: ${this.stderr}${this.stdout}`)),
      );
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** The line with which the node said that it serves. */
  get ready(): LogLine {
    return this.#ready as LogLine;
  }

  /** Where clients connect. */
  get url(): string {
    return String(this.ready['url']);
  }

  /** Where operators look. */
  get adminUrl(): string {
    return String(this.ready['adminUrl']);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code, or the signal's name, once the process is gone. */
  async ended(): Promise<number | string> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    if (this.#child.signalCode !== null) return this.#child.signalCode;
    const [code, signal] = (await once(this.#child, 'exit')) as [number | null, string | null];
    return code ?? (signal as string);
  }

  /** Ends the process at once, whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}

/** What a command of the gateway left behind. */
export interface CommandResult {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of the gateway, such as a start that must fail, to its end. */
export async function runGateway(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = launch([main, ...words], env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? (signal as string), stdout, stderr };
}

function launch(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [program, ...words] = [...dieWithParent(), process.execPath, ...args];
  const child = spawn(program as string, words, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killChild = (): boolean => child.kill('SIGKILL');
  process.once('exit', killChild);
  child.once('exit', () => process.off('exit', killChild));
  return child;
}

function parseLine(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
