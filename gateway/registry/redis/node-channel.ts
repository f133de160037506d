import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RegistryListener } from '../port.ts';
import type { FaultLog } from './fault-log.ts';
import { parseMember } from './keys.ts';
import { parseMark, parseStatus } from './records.ts';
import { contentOf } from './redis-pushes.ts';
import { storeFault } from './store-fault.ts';

const retryMs = 1000;

/** What the channel tells. */
export interface ChannelListener extends Pick<
  RegistryListener,
  'kicked' | 'replaced' | 'statusChanged' | 'ownStatusChanged' | 'pushed' | 'pushedToEverybody'
> {
  /** Another node asks something; see redis-nodes.ts. */
  asked(text: string): void;
  /** Another node has answered. */
  answered(text: string): void;
  /** Another node says that these partitions may have new events. */
  news(partitions: readonly number[]): void;
  /** The login policy of an app was changed. */
  policiesChanged(): void;
}

/**
 * The one channel a node listens to. The scripts publish on it what befell the node's sessions: `kicked <mark>`,
 * `replaced <sessionId>` and `own <sessionId> <version and status>`; what befell users it watches: `status <app:user>
 * <version and status>`; what is pushed to sessions: `push <number> <sessionId,...> <content>`, `everybody <number> <app> <content>`;
 * what other nodes have written that this one is to tell: `news <partition>,...`; `policies <version>` when one was changed; and the node's own `probe <number>`. Nodes publish `ask` and `answer` (redis-nodes.ts). Messages published while it is not subscribed are lost;
 * the registry keeps the facts.
 */
export class NodeChannel {
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #log: FaultLog;
  #listener: ChannelListener | undefined;
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
  async open(listener: ChannelListener, renewed: () => void, limitMs: number): Promise<void> {
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
      const say = storeFault(error).needsSomebody ? 'error' : 'warn';
      const facts = { reason: this.#lastError };
      this.#log[say]('cannot subscribe to the channel of this node', facts);
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
      this.#tell(listener, message.toString('utf8'));
    } catch (error) {
      this.#log.error('a notification could not be handled', { reason: String(error) });
    }
  };

  #tell(listener: ChannelListener, message: string): void {
    const [kind, rest] = cut(message);
    switch (kind) {
      case 'kicked':
        return listener.kicked(parseMark(rest));
      case 'replaced':
        return listener.replaced(rest);
      case 'status': {
        const [member, text] = cut(rest);
        return listener.statusChanged({ user: parseMember(member), ...parseStatus(text) });
      }
      case 'own': {
        const [sessionId, text] = cut(rest);
        return listener.ownStatusChanged(sessionId, parseStatus(text));
      }
      case 'ask':
        return listener.asked(rest);
      case 'answer':
        return listener.answered(rest);
      case 'push': {
        const [number, addressed] = cut(rest);
        const [sessionIds, text] = cut(addressed);
        const push = { number: Number(number), ...contentOf(text) };
        return listener.pushed(sessionIds.split(','), push);
      }
      case 'everybody': {
        const [number, addressed] = cut(rest);
        const [app, text] = cut(addressed);
        const push = { number: Number(number), ...contentOf(text) };
        return listener.pushedToEverybody(Number(app), push);
      }
      case 'news':
        return listener.news(rest.split(',').map(Number));
      case 'policies':
        return listener.policiesChanged();
      case 'probe':
        this.heardProbe = Number(rest);
        return;
      default:
      // A newer node may say things this one does not know.
    }
  }
}

/** What stands before the first space, and what behind it. */
function cut(text: string): readonly [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}
