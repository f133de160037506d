import type { EventKind } from '../../protocol/event-kinds.ts';
import type { SessionEvent } from '../registry/events.ts';
import type { AddressRules } from './address-rules.ts';
import { backOffMs } from './back-off.ts';
import type { WebhookCounters } from './counters.ts';
import { messageOf, type Message } from './message.ts';
import { Pauses } from './pauses.ts';
import { Poster, type PostOutcome } from './poster.ts';
import { standardSignature, tencentSign } from './signature.ts';
import { Slots } from './slots.ts';

/** Where the events of an app are told. */
export interface EndpointSettings {
  readonly url: string;
  /** Signs in Tencent's way. */
  readonly token: string | undefined;
  /** Sign in the way of Standard Webhooks; two while one replaces the other. */
  readonly secrets: readonly string[];
  readonly events: readonly EventKind[];
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Calls at a time. */
  readonly concurrency: number;
}

/** What the tests and the log are told of a call that failed. */
export interface EndpointLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What became of an event: taken, given up, or left to whoever reads it next. */
export type Delivery = 'taken' | 'dead' | 'left';

/** For whom an endpoint is called. */
export interface Caller {
  /** Whether it may still tell, for at least so long. */
  mayTell(forMs: number): boolean;
}

/** So many failures in a row are the endpoint's fault and not an event's: when it is back, nobody waits any longer. */
const outage = 5;

/** Events read and not told yet, at most; beyond, nobody reads on for this app. */
const mostWaiting = 2048;

/** The back end of one app: every attempt is signed anew, a failed one is made again later. */
export class Endpoint {
  readonly sdkAppId: number;
  readonly #settings: EndpointSettings;
  readonly #counters: WebhookCounters;
  readonly #log: EndpointLog;
  readonly #poster: Poster;
  /** As far as it is the same in every call. */
  readonly #path: string;
  readonly #slots: Slots;
  readonly #pauses = new Pauses();
  #failuresInRow = 0;
  #waiting = 0;
  readonly #crowd = new Set<() => void>();

  constructor(
    sdkAppId: number,
    settings: EndpointSettings,
    rules: AddressRules,
    { counters, log }: { readonly counters: WebhookCounters; readonly log: EndpointLog },
  ) {
    this.sdkAppId = sdkAppId;
    this.#settings = settings;
    this.#counters = counters;
    this.#log = log;
    const url = new URL(settings.url);
    this.#poster = new Poster(url, rules, settings);
    this.#path = `${url.pathname}${url.search}${url.search === '' ? '?' : '&'}SdkAppid=${sdkAppId}`;
    this.#slots = new Slots(settings.concurrency);
  }

  /** How long a call may take. */
  get timeoutMs(): number {
    return this.#settings.timeoutMs;
  }

  /** How many more events may be read for this app. */
  get room(): number {
    return Math.max(0, mostWaiting - this.#waiting);
  }

  /** Events were read, or with a negative number told or dropped. */
  count(read: number): void {
    this.#waiting += read;
    this.#counters.waiting += read;
    if (this.#crowd.size === 0 || this.room === 0) return;
    const crowd = [...this.#crowd];
    this.#crowd.clear();
    for (const goOn of crowd) goOn();
  }

  /** Calls once when there is room again. */
  whenRoom(goOn: () => void): void {
    this.#crowd.add(goOn);
  }

  /** Tells of an event until it is taken, given up, or no longer this caller's. Never rejects. */
  async deliver(event: SessionEvent, caller: Caller): Promise<Delivery> {
    const message = messageOf(event);
    for (let failures = 1; ; failures += 1) {
      const outcome = await this.#attempt(message, caller);
      if (outcome === 'left') return outcome;
      if (outcome.kind === 'taken') {
        this.#succeeded();
        return 'taken';
      }
      this.#failed(message, outcome.reason);
      if (failures > this.#settings.retries) return this.#giveUp(event, message, outcome.reason);
      await this.#pauses.wait(caller, backOffMs(failures));
      if (!caller.mayTell(this.#settings.timeoutMs)) return 'left';
    }
  }

  /** The caller may tell no longer: nobody is to wait for its next attempts. */
  halt(caller: Caller): void {
    this.#pauses.endOf(caller);
  }

  close(): void {
    this.#pauses.endAll();
    this.#poster.close();
  }

  async #attempt(message: Message, caller: Caller): Promise<PostOutcome | 'left'> {
    await this.#slots.enter();
    try {
      // Whoever takes over begins when our time is up: what is on its way must have arrived by then.
      if (!caller.mayTell(this.#settings.timeoutMs)) return 'left';
      return await this.#poster.post(this.#signed(message));
    } finally {
      this.#slots.leave();
    }
  }

  #signed({ id, command, optPlatform, body }: Message): Parameters<Poster['post']>[0] {
    const { token, secrets } = this.#settings;
    const atS = Math.floor(Date.now() / 1000);
    // Nothing here needs to be escaped: numbers, hex and words of our own.
    let path = `${this.#path}&CallbackCommand=${command}&contenttype=json&ClientIP=&OptPlatform=${optPlatform}`;
    if (token !== undefined) path += `&Sign=${tencentSign(token, atS)}&RequestTime=${atS}`;
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': 'gatehouse',
      'webhook-id': id,
      'webhook-timestamp': String(atS),
    };
    if (secrets.length > 0) {
      headers['webhook-signature'] = standardSignature(secrets, { id, atS, body });
    }
    return { path, headers, body };
  }

  #succeeded(): void {
    this.#counters.delivered += 1;
    const wasOut = this.#failuresInRow >= outage;
    this.#failuresInRow = 0;
    if (wasOut) this.#pauses.endAll();
  }

  #failed({ id }: Message, reason: string): void {
    this.#counters.failures += 1;
    this.#failuresInRow += 1;
    if (this.#failuresInRow !== 1 && this.#failuresInRow !== outage) return;
    const facts = { sdkAppId: this.sdkAppId, id, reason, failuresInRow: this.#failuresInRow };
    this.#log.warn(facts, 'a webhook was not taken');
  }

  #giveUp(event: SessionEvent, { id }: Message, reason: string): Delivery {
    this.#counters.deadLetters += 1;
    const { sdkAppId, userId, kind } = event;
    this.#log.error({ sdkAppId, userId, kind, id, reason }, 'a webhook was given up');
    return 'dead';
  }
}
