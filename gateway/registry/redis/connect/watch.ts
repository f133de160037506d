import type { Redis } from 'ioredis';
import type { FaultLog } from '../fault-log.ts';

/** From the connection of the socket to the end of the greetings. */
const greetingLimitMs = 1000;
const comeBackMs = 50;

/** One connection under observation: its faults are logged, a greeting that does not end is broken off, no end is final. */
export class Watch {
  /** What the last attempt failed of; empty while none has failed. */
  lastError = '';
  readonly #redis: Redis;
  readonly #log: FaultLog;
  readonly #purpose: string;
  #greeting: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(redis: Redis, log: FaultLog, purpose: string) {
    this.#redis = redis;
    this.#log = log;
    this.#purpose = purpose;
    let sentinelError = '';
    redis.on('sentinelError', (error: Error) => {
      sentinelError = error.message;
    });
    redis.on('error', (error: Error) => {
      const isOfAll = error.message.startsWith('All sentinels are unreachable');
      this.#failed(isOfAll && sentinelError !== '' ? sentinelError : textOf(error));
    });
    redis.on('connect', () => this.#awaitGreeting());
    redis.on('ready', () => {
      clearTimeout(this.#greeting);
      log.info({ purpose }, 'connected to Redis');
    });
    redis.on('close', () => {
      clearTimeout(this.#greeting);
      if (this.#isOpen) log.warn('the connection to Redis closed', { purpose });
    });
    redis.on('end', () => this.#comeBack());
  }

  /** From now on its end is no fault. */
  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#greeting);
  }

  /**
   * ioredis 6 gives up for good where a Sentinel tells of a failover while the next connection is being made: its
   * detector of the last connection ends the attempt, and an attempt that fails so is not repeated.
   */
  #comeBack(): void {
    if (!this.#isOpen) return;
    setTimeout(() => {
      if (this.#isOpen && this.#redis.status === 'end')
        this.#redis.connect().catch(() => undefined);
    }, comeBackMs).unref();
  }

  #awaitGreeting(): void {
    const { stream } = this.#redis;
    this.#greeting = setTimeout(() => {
      this.#failed('it is loading, or does not greet');
      stream.destroy();
    }, greetingLimitMs).unref();
  }

  #failed(reason: string): void {
    this.lastError = reason;
    this.#log.warn('the connection to Redis failed', { purpose: this.#purpose, reason });
  }
}

/** An AggregateError of two refused addresses has an empty message. */
function textOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
