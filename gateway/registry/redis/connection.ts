import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { FaultLog } from './fault-log.ts';
import type { Script } from './scripts.ts';
import { StoreFault, storeFault } from './store-fault.ts';

/** Where Redis is and how long a call may take. */
export interface ConnectionSettings {
  /** `redis://[user:password@]host[:port][/db]`, `rediss://...`, or the path of a unix socket. */
  readonly url: string;
  readonly commandTimeoutMs: number;
  /** How the connections are called in CLIENT LIST. */
  readonly name: string;
}

/** Most calls that wait for an answer; beyond it Redis is behind and another one would only time out. */
const maxInFlight = 32_768;
const probeEveryMs = 100;
/** After this silence the connection itself is taken for dead: a new one may get through where it does not. */
const silenceLimitMs = 5000;
const connectTimeoutMs = 2000;
/** From the connection of the socket to the end of the greetings. */
const greetingLimitMs = 1000;

/**
 * The two connections of a node: one for commands, one that listens, so that a burst of notifications never
 * delays a login. Commands fail fast: none is queued while the connection is down, each has a time-out, and
 * after a time-out all are refused at once until Redis answers a probe.
 */
export class Connections {
  readonly commands: Redis;
  readonly subscriber: Redis;
  readonly #log: FaultLog;
  #corked: Redis['stream'] | undefined;
  #inFlight = 0;
  #isSilent = false;
  #isOpen = true;
  #lastError = '';
  /** Called when Redis answers again after a silence on a connection that stayed. */
  onAnswer: () => void = () => undefined;

  constructor(settings: ConnectionSettings, log: FaultLog) {
    this.#log = log;
    const shared = {
      lazyConnect: true,
      connectionName: settings.name,
      connectTimeout: connectTimeoutMs,
      retryStrategy: (times: number) => Math.min(25 * 2 ** times, 500) + Math.random() * 200,
    };
    this.commands = new Redis(settings.url, {
      ...shared,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: settings.commandTimeoutMs,
    });
    // NodeChannel subscribes again itself: it needs the acknowledgement, which ioredis keeps to itself.
    this.subscriber = new Redis(settings.url, {
      ...shared,
      maxRetriesPerRequest: null,
      autoResubscribe: false,
    });
    this.#watch(this.commands, 'commands');
    this.#watch(this.subscriber, 'notifications');
  }

  /** Connects both and goes on trying for ever. Rejects, without closing, when they are not up in time. */
  async open(timeoutMs: number): Promise<void> {
    const both = [this.commands, this.subscriber];
    // A first refusal is no answer: ioredis goes on by itself, and the error listeners keep its reason.
    for (const redis of both) redis.connect().catch(() => undefined);
    const endsAt = performance.now() + timeoutMs;
    while (both.some((redis) => redis.status !== 'ready')) {
      if (!this.#isOpen) throw new Error('stopped before Redis was reached');
      if (performance.now() > endsAt) throw new Error(`cannot reach Redis: ${this.#lastError}`);
      await delay(10);
    }
  }

  /** Whether a command sent now has a chance. */
  get isAnswering(): boolean {
    return this.commands.status === 'ready' && !this.#isSilent;
  }

  /** Script calls that wait for an answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Runs a script: KEYS first, then ARGV. Rejects with StoreFault, at the latest after the command time-out. */
  async run(script: Script, ...words: readonly string[]): Promise<unknown> {
    if (this.#isSilent) throw new StoreFault('Redis does not answer', false);
    if (this.#inFlight >= maxInFlight) throw new StoreFault('too many calls wait for Redis', false);
    this.#inFlight += 1;
    try {
      this.#cork();
      return await this.commands.evalsha(script.sha, script.numberOfKeys, ...words);
    } catch (error) {
      return await this.#recover(error, script, words);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Any other command in the same terms: rejects with StoreFault. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.commands);
    } catch (error) {
      throw this.#note(error);
    }
  }

  close(): void {
    this.#isOpen = false;
    this.commands.disconnect();
    this.subscriber.disconnect();
  }

  async #recover(error: unknown, script: Script, words: readonly string[]): Promise<unknown> {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw this.#note(error);
    try {
      return await this.commands.eval(script.lua, script.numberOfKeys, ...words);
    } catch (second) {
      throw this.#note(second);
    }
  }

  #note(error: unknown): StoreFault {
    const fault = storeFault(error);
    if (fault.isTimeout) this.#suspect();
    this.#log.warn('a call to Redis failed', { reason: fault.message });
    return fault;
  }

  #suspect(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    // The loop below catches what Redis does; anything else is a bug and must not lock the logins out.
    void this.#probe()
      .catch(() => undefined)
      .then(() => {
        this.#isSilent = false;
        if (this.commands.status === 'ready') this.onAnswer();
      });
  }

  async #probe(): Promise<void> {
    const endsAt = performance.now() + silenceLimitMs;
    // A connection that is down refuses by itself, at once: there is nothing left to guard.
    while (this.#isOpen && this.commands.status === 'ready') {
      const answered = await this.commands.ping().then(
        () => true,
        () => false,
      );
      if (answered) return;
      if (performance.now() > endsAt) this.commands.stream.destroy();
      await delay(probeEveryMs, undefined, { ref: false });
    }
  }

  /**
   * All commands of one turn of the event loop leave in one write, without waiting for the answers of those
   * before. At 50 logins at a time that takes about half the CPU of one write per command, of ioredis's automatic
   * pipelines and of explicit ones alike.
   */
  #cork(): void {
    if (this.#corked !== undefined || this.commands.status !== 'ready') return;
    this.#corked = this.commands.stream;
    this.#corked.cork();
    setImmediate(this.#uncork);
  }

  readonly #uncork = (): void => {
    const stream = this.#corked;
    this.#corked = undefined;
    stream?.uncork();
  };

  #watch(redis: Redis, purpose: string): void {
    redis.on('error', (error: Error) => {
      // An AggregateError of two refused addresses has an empty message.
      this.#lastError = error.message === '' ? errorCode(error) : error.message;
      this.#log.warn('the connection to Redis failed', { purpose, reason: this.#lastError });
    });
    let greeting: NodeJS.Timeout | undefined;
    redis.on('connect', () => {
      greeting = setTimeout(() => redis.stream.destroy(), greetingLimitMs).unref();
    });
    redis.on('ready', () => {
      clearTimeout(greeting);
      this.#log.info({ purpose }, 'connected to Redis');
    });
    redis.on('close', () => {
      clearTimeout(greeting);
      if (this.#isOpen) this.#log.warn('the connection to Redis closed', { purpose });
    });
  }
}

function errorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
