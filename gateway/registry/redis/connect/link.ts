import { setTimeout as delay } from 'node:timers/promises';
import { Command, Redis } from 'ioredis';
import type { FaultLog } from '../fault-log.ts';
import type { Script } from '../scripts.ts';
import { StoreClock } from '../store-clock.ts';
import { storeFault, StoreFault } from '../store-fault.ts';
import { Call, openingOf, type Opening } from './call.ts';
import type { ClientOptions } from './client-options.ts';
import { InFlight } from './in-flight.ts';
import { KnownServer } from './known-server.ts';
import type { ServerIdentity } from './server-identity.ts';
import { Watch } from './watch.ts';

/** What a link needs of the connections around it. */
export interface LinkParts {
  readonly log: FaultLog;
  readonly commandTimeoutMs: number;
  /** Loaded on each new connection, unless it leads to the same server as the last one. */
  readonly scripts: readonly Script[];
  /** A new connection can be used. `isSame`: it leads to the server of the last one, and to the same data; see server-identity.ts. */
  greeted(link: Link, isSame: boolean): void;
  /** On a connection that stayed the server has other data than before: it has followed another one meanwhile. */
  changed(link: Link): void;
  /** The connection is gone, or its server went silent. */
  lost(link: Link): void;
  /** Redis answers again after a silence on a connection that stayed. */
  answered(link: Link): void;
  /** The server takes no writes because it is no primary any more. The link leaves it. */
  demoted(link: Link): void;
}

/** How one call differs from the others. */
export interface CallWish {
  /** Instead of the command time-out. */
  readonly limitMs?: number;
  /** Whether the server is asked for a slot that is on its way to it. */
  readonly isAsking?: boolean;
}

/** Most calls that wait for an answer; beyond it Redis is behind and another one would only time out. */
const maxInFlight = 32_768;
const probeEveryMs = 100;
/** After this silence the connection itself is taken for dead: a new one may get through where it does not. */
const silenceLimitMs = 1500;
/** What tells who a server is; see server-identity.ts. */
const who = openingOf('info', 'server', 'replication');
/** So long the last refusal of a write counts; a beat renews it four times a lease. */
const refusalLifeMs = 5000;
/** A server that says so from the start is left no more often than this. */
const leaveEveryMs = 1000;

/**
 * One connection for commands to one server. Commands fail fast: none is queued while the connection is down, each
 * has a time-out, and after a time-out all are refused at once until Redis answers a probe.
 */
export class Link {
  readonly clock: StoreClock;
  readonly #redis: Redis;
  readonly #watch: Watch;
  readonly #parts: LinkParts;
  readonly #inFlight: InFlight;
  readonly #server: KnownServer;
  #corked: Redis['stream'] | undefined;
  #isGreeted = false;
  #isSilent = false;
  #isOpen = true;
  #refusal = '';
  #refusedAt = -Infinity;
  #leftAt = -Infinity;

  constructor(options: ClientOptions, parts: LinkParts) {
    this.#parts = parts;
    this.#redis = new Redis(options);
    this.#watch = new Watch(this.#redis, parts.log, 'commands');
    this.#inFlight = new InFlight(parts.commandTimeoutMs, () => this.#suspect());
    this.clock = new StoreClock(() => this.#send('time', openingOf('time'), []));
    this.#server = new KnownServer(() => this.#send('info', who, []), parts.log);
    this.#redis.on('ready', () => void this.#greet());
    this.#redis.on('close', () => {
      this.#isGreeted = false;
      if (this.#isOpen) parts.lost(this);
    });
  }

  /** Connects and goes on trying for ever. */
  open(): void {
    // A first refusal is no answer: ioredis goes on by itself, and the watch keeps its reason.
    this.#redis.connect().catch(() => undefined);
  }

  close(): void {
    this.#isOpen = false;
    this.#watch.close();
    this.#redis.disconnect();
  }

  /** Whether a command sent now has a chance. */
  get isAnswering(): boolean {
    return this.#isGreeted && !this.#isSilent && this.#redis.status === 'ready';
  }

  /** What the last attempt to connect failed of. */
  get lastError(): string {
    return this.#watch.lastError;
  }

  /** Calls that wait for an answer. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** With which word the server refused a write lately, such as OOM; empty when it takes them. */
  get refusal(): string {
    return performance.now() - this.#refusedAt < refusalLifeMs ? this.#refusal : '';
  }

  /** Runs a script: KEYS first, then ARGV; the words belong to the call from then on. Rejects with StoreFault, at the latest after the time-out. */
  run(script: Script, words: string[], wish?: CallWish): Promise<unknown> {
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) return Promise.reject(obstacle);
    // No async function: this is passed by every login, and costs it a promise and a frame less.
    return this.#send('evalsha', script.opening, words, wish).then(
      script.needsRoom ? this.#wrote : undefined,
      (error: unknown) => this.#recover(error, script, words, wish),
    );
  }

  /** Any other command in the same terms: rejects with StoreFault. */
  async ask(name: string, words: readonly string[], wish?: CallWish): Promise<unknown> {
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) throw obstacle;
    try {
      return await this.#send(name, openingOf(name), [...words], wish);
    } catch (error) {
      throw this.#note(error);
    }
  }

  /** Why no call can be sent now, if none can. */
  #obstacle(): StoreFault | undefined {
    if (this.#isSilent) return new StoreFault('Redis does not answer', false, 'timeout');
    if (!this.#isGreeted) return new StoreFault('no connection to Redis', false, 'unconnected');
    if (this.#inFlight.size < maxInFlight) return undefined;
    return new StoreFault('too many calls wait for Redis', false, 'unconnected');
  }

  /** A script that needs room has run. */
  readonly #wrote = (reply: unknown): unknown => {
    this.#refusedAt = -Infinity;
    return reply;
  };

  #send(name: string, opening: Opening, words: string[], wish?: CallWish): Promise<unknown> {
    const limitMs = wish?.limitMs ?? this.#parts.commandTimeoutMs;
    const call = new Call(name, opening, words, limitMs);
    this.#cork();
    if (wish?.isAsking === true) this.#sayAsking();
    this.#inFlight.add(call);
    this.#redis.sendCommand(call);
    return call.promise;
  }

  #sayAsking(): void {
    const asking = new Command('asking', []);
    asking.promise.catch(() => undefined);
    this.#redis.sendCommand(asking);
  }

  async #recover(
    error: unknown,
    script: Script,
    words: string[],
    wish?: CallWish,
  ): Promise<unknown> {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw this.#note(error);
    try {
      const opening = openingOf('eval', script.lua, script.numberOfKeys);
      return await this.#send('eval', opening, words, wish);
    } catch (second) {
      throw this.#note(second);
    }
  }

  #note(error: unknown): StoreFault {
    const fault = storeFault(error);
    if (fault.redirection !== undefined) return fault;
    if (fault.isOfWrites) {
      this.#refusal = fault.word;
      this.#refusedAt = performance.now();
    }
    if (fault.isDemotion) this.#leave();
    this.#parts.log.warn('a call to Redis failed', { reason: fault.message });
    return fault;
  }

  /** Only a new connection finds the primary that took over. */
  #leave(): void {
    const now = performance.now();
    if (now - this.#leftAt < leaveEveryMs) return;
    this.#leftAt = now;
    this.#redis.stream.destroy();
    this.#parts.demoted(this);
  }

  /** The id that the server now gives to the history of its data, empty where it says none: another one is told of. */
  heard(history: string): void {
    if (this.#server.hear(history)) this.#parts.changed(this);
  }

  /** Asks the server for it, on a connection that stayed. Never rejects: one that fails now is greeted again, or asked later. */
  async look(): Promise<void> {
    const server = await this.#server.ask().catch(() => undefined);
    if (server !== undefined) this.heard(server.history);
  }

  /**
   * Before the first login: it is known who answers, the scripts are there, and Redis's clock is known, so that each login
   * has its deadline.
   */
  async #greet(): Promise<void> {
    const { stream } = this.#redis;
    let server: ServerIdentity;
    try {
      [server] = await Promise.all([this.#server.ask(), this.clock.measure()]);
    } catch (error) {
      this.#note(error);
      await delay(probeEveryMs, undefined, { ref: false });
      if (this.#redis.stream === stream) stream.destroy();
      return;
    }
    if (this.#redis.stream !== stream || this.#redis.status !== 'ready') return;
    const isSame = this.#server.meet(server);
    if (!isSame) this.#loadScripts();
    this.#isGreeted = true;
    if (this.#isOpen) this.#parts.greeted(this, isSame);
  }

  #loadScripts(): void {
    for (const { lua } of this.#parts.scripts) {
      // What cannot be loaded now loads itself with its first call.
      this.#send('script', openingOf('script', 'LOAD'), [lua]).catch(() => undefined);
    }
  }

  #suspect(): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#parts.lost(this);
    // The loop below catches what Redis does; anything else is a bug and must not lock the logins out.
    void this.#probe()
      .catch(() => undefined)
      .then(() => {
        this.#isSilent = false;
        if (this.isAnswering) this.#parts.answered(this);
      });
  }

  async #probe(): Promise<void> {
    const endsAt = performance.now() + silenceLimitMs;
    // A connection that is down refuses by itself, at once: there is nothing left to guard.
    while (this.#isOpen && this.#redis.status === 'ready') {
      const answered = await this.#send('ping', openingOf('ping'), []).then(
        () => true,
        (error: unknown) => !storeFault(error).isTimeout && this.#redis.status === 'ready',
      );
      if (answered) return;
      if (performance.now() > endsAt) this.#redis.stream.destroy();
      await delay(probeEveryMs, undefined, { ref: false });
    }
  }

  /**
   * All commands of one turn of the event loop leave in one write, without waiting for the answers of those
   * before. At 50 logins at a time that takes about half the CPU of one write per command, of ioredis's automatic
   * pipelines and of explicit ones alike.
   */
  #cork(): void {
    if (this.#corked !== undefined || this.#redis.status !== 'ready') return;
    this.#corked = this.#redis.stream;
    this.#corked.cork();
    setImmediate(this.#uncork);
  }

  readonly #uncork = (): void => {
    const stream = this.#corked;
    this.#corked = undefined;
    stream?.uncork();
    this.#inFlight.written();
  };
}
