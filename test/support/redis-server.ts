import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { chosenProgram } from './chosen-program.ts';
import { dieWithParent } from './die-with-parent.ts';

export interface RedisOptions {
  /** Listen on a unix socket in the temporary folder instead of a TCP port. */
  readonly unixSocket?: boolean;
  /** A fixed TCP port of 127.0.0.1 instead of a free one. */
  readonly port?: number;
  /** More words of the command line, for example ['--cluster-enabled', 'yes']; they win over ours. */
  readonly args?: readonly string[];
  /** Text of a configuration file of its own, which the server may write to: a Sentinel needs one. */
  readonly config?: string;
}

/** A redis-server of the test's own. It ends with the test process, whatever happens to that. */
export interface RedisServer {
  /** For ioredis and the gateway: redis://127.0.0.1:port, or the path of the unix socket. */
  readonly url: string;
  /** 0 when it listens on a unix socket. */
  readonly port: number;
  /** Of the process that runs now; changes with restart(). */
  readonly pid: number;
  /** The temporary folder it works in: redis.log and, after a SAVE, dump.rdb. */
  readonly folder: string;
  /** Sends one command on a connection of its own: cli('HGETALL', 'key'). The reply as redis-cli would print it, unquoted. */
  cli(command: string, ...args: readonly (string | number)[]): Promise<string>;
  /** Like cli, with the reply as ioredis gives it. */
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Stops the process in its tracks (SIGSTOP): its sockets stay open and nothing is answered. */
  pause(): void;
  /** Lets a paused process go on. */
  resume(): void;
  /** kill -9, then waits until it is gone. What was in memory is lost. */
  kill(): Promise<void>;
  /** Starts it again at the same address, after a kill() if it still runs: empty, unless the test sent SAVE before. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

const startupLimitMs = 10_000;
/** Processes that still run and their folders, for the exit of this process. */
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, folder] of running) {
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Starts a real redis-server without persistence and waits until it answers PING.
 * Uses the program that the set-up of `npm test` chose. Throws, with the end of the server's log, when it does not come up.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-redis-'));
  for (let attempt = 1; ; attempt++) {
    const port = options.unixSocket === true ? 0 : (options.port ?? (await freePort()));
    try {
      const server = new Server(folder, port, options);
      await server.start();
      return server;
    } catch (error) {
      // Someone else may have taken the port between the look and the start.
      if (options.port === undefined && attempt < 5 && isPortTaken(folder)) continue;
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

class Server implements RedisServer {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor(folder: string, port: number, { args = [], config }: RedisOptions) {
    const socket = path.join(folder, 'redis.sock');
    this.folder = folder;
    this.port = port;
    this.url = port === 0 ? socket : `redis://127.0.0.1:${port}`;
    const listen = ['--port', String(port), '--bind', '127.0.0.1'];
    if (port === 0) listen.push('--unixsocket', socket);
    const store = ['--dir', folder, '--save', '', '--appendonly', 'no'];
    const log = ['--logfile', path.join(folder, 'redis.log'), '--loglevel', 'warning'];
    const file = path.join(folder, 'redis.conf');
    if (config !== undefined) fs.writeFileSync(file, config);
    const first = config === undefined ? [] : [file];
    const debug = ['--enable-debug-command', 'local'];
    this.#args = [...first, ...listen, ...store, ...log, ...debug, ...args];
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('this redis-server does not run');
    return pid;
  }

  async start(): Promise<void> {
    const { bin, env } = chosenProgram('redis-server');
    const words = [...dieWithParent(), bin, ...this.#args];
    const child = spawn(words[0] ?? bin, words.slice(1), {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    this.#child = child;
    running.set(child, this.folder);
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('exit', () => running.delete(child));
    const limit = Date.now() + startupLimitMs;
    while (!(await isReady(this.url, child.pid))) {
      if (failure === undefined && isAlive(child) && Date.now() < limit) {
        await delay(10);
        continue;
      }
      await this.kill();
      throw new Error(
        `redis-server (${bin}) did not come up at ${this.url}: ${logEnd(this.folder)}`,
        {
          cause: failure,
        },
      );
    }
  }

  async cli(command: string, ...args: readonly (string | number)[]): Promise<string> {
    return asText(await this.call(command, ...args));
  }

  async call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const client = new Redis(this.url, {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    // The rejected promise below carries the error; without a listener ioredis would print it as well.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(command, ...args.map(String));
    } finally {
      client.disconnect();
    }
  }

  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.pid === undefined || !isAlive(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/**
 * A port below the range that the system gives to outgoing connections. Inside that range a client that reconnects to
 * a killed server can be given the server's own port and connect to itself, and the restart finds it taken.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function isPortTaken(folder: string): boolean {
  return logEnd(folder).includes('Address already in use');
}

function logEnd(folder: string): string {
  const file = path.join(folder, 'redis.log');
  return fs.existsSync(file)
    ? fs.readFileSync(file, 'utf8').trim().slice(-1000)
    : 'it wrote no log';
}

/** Whether the server at `url` is ready and is the process `pid`, not another that holds the port. */
function isReady(url: string, pid: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = url.startsWith('redis:')
      ? net.connect(Number(new URL(url).port), '127.0.0.1')
      : net.connect(url);
    let replies = '';
    const end = (): void => {
      socket.destroy();
      // While it loads a dump it answers PING with -LOADING, which is not ready.
      resolve(replies.startsWith('+PONG') && replies.includes(`process_id:${pid}\r`));
    };
    socket.once('connect', () => socket.write('PING\r\nINFO server\r\n'));
    socket.on('data', (data) => {
      replies += data.toString();
      // No QUIT, which a Sentinel does not know; a server that loads refuses the second command as well.
      if (/\r\n(-|[^]*process_id:\d+\r)/.test(replies)) end();
    });
    socket.once('error', end);
    socket.once('close', end);
  });
}

function asText(reply: unknown): string {
  if (reply === null || reply === undefined) return '';
  if (Array.isArray(reply)) return reply.map(asText).join('\n');
  if (reply instanceof Map) return [...reply].flat().map(asText).join('\n');
  return typeof reply === 'string' ? reply : JSON.stringify(reply);
}
