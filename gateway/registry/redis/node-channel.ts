import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RegistryListener } from '../port.ts';
import type { FaultLog } from './fault-log.ts';
import { parseMark } from './records.ts';

const retryMs = 1000;

/**
 * The one channel a node listens to. The scripts publish on it what befell the node's sessions: `kicked <mark>` and
 * `replaced <sessionId>`, and the node's own `probe <number>`. Messages published while it is not subscribed are
 * lost; the registry keeps the facts.
 */
export class NodeChannel {
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #log: FaultLog;
  #listener: RegistryListener | undefined;
  #isSubscribed = false;
  #retry: NodeJS.Timeout | undefined;
  #renewed: () => void = () => undefined;
  #lastError = 'no answer';
  /** Grows with each acknowledged subscription: what was heard on an earlier one says nothing about this one. */
  subscription = 0;
  /** The latest probe that came back. */
  heardProbe = 0;

  constructor(redis: Redis, channel: string, log: FaultLog) {
    this.#redis = redis;
    this.#channel = channel;
    this.#log = log;
  }

  /** Whether Redis has acknowledged the subscription of the present connection. */
  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /**
   * Subscribes on a connection that is ready, and again after each reconnect. Resolves with the first
   * acknowledgement, or rejects when it does not come in time; `renewed` hears of the later ones.
   */
  async open(listener: RegistryListener, renewed: () => void, limitMs: number): Promise<void> {
    this.#listener = listener;
    // Only the Buffer event: the other one would turn every message into text twice.
    this.#redis.on('messageBuffer', this.#receive);
    this.#redis.on('close', () => {
      this.#isSubscribed = false;
      clearTimeout(this.#retry);
    });
    this.#redis.on('ready', () => void this.#resubscribe());
    await this.#firstSubscription(limitMs);
    this.#renewed = renewed;
  }

  async #firstSubscription(limitMs: number): Promise<void> {
    const endsAt = performance.now() + limitMs;
    void this.#resubscribe();
    while (!this.#isSubscribed) {
      if (this.#listener === undefined) throw new Error('stopped before it was subscribed');
      if (performance.now() > endsAt) throw new Error(`cannot subscribe: ${this.#lastError}`);
      await delay(5);
    }
  }

  /** Drops the connection and subscribes on a new one. */
  renew(): void {
    this.#isSubscribed = false;
    // Not a polite end: on a link that has gone dead nobody would answer it.
    this.#redis.stream.destroy();
  }

  close(): void {
    this.#listener = undefined;
    this.#isSubscribed = false;
    clearTimeout(this.#retry);
  }

  async #resubscribe(): Promise<void> {
    if (this.#listener === undefined) return;
    clearTimeout(this.#retry);
    // A link that swallows the request must not be waited for.
    this.#retry = setTimeout(() => this.renew(), retryMs).unref();
    try {
      await this.#redis.subscribe(this.#channel);
    } catch (error) {
      this.#lastError = String(error);
      const reason = this.#lastError;
      this.#log.error('cannot subscribe to the channel of this node', { reason });
      // A refusal (say, by an access rule) leaves the connection up, so no other ready would follow.
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#resubscribe(), retryMs).unref();
      return;
    }
    clearTimeout(this.#retry);
    if (this.#redis.status !== 'ready') return;
    this.#isSubscribed = true;
    this.subscription += 1;
    this.#renewed();
  }

  readonly #receive = (_channel: Buffer, message: Buffer): void => {
    const listener = this.#listener;
    if (listener === undefined) return;
    try {
      this.#tell(listener, message.toString('latin1'));
    } catch (error) {
      this.#log.error('a notification could not be handled', { reason: String(error) });
    }
  };

  #tell(listener: RegistryListener, message: string): void {
    const space = message.indexOf(' ');
    const rest = message.slice(space + 1);
    switch (message.slice(0, space)) {
      case 'kicked':
        return listener.kicked(parseMark(rest));
      case 'replaced':
        return listener.replaced(rest);
      case 'probe':
        this.heardProbe = Number(rest);
        return;
      default:
      // A newer node may say things this one does not know.
    }
  }
}
