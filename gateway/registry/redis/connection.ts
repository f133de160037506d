import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ConnectionSettings } from './connect/address.ts';
import { ClusterLinks } from './connect/cluster.ts';
import type { CommandLinks } from './connect/command-links.ts';
import type { LinkParts } from './connect/link.ts';
import { SingleLink } from './connect/single.ts';
import { makeSubscriber } from './connect/subscriber.ts';
import { Watch } from './connect/watch.ts';
import type { FaultLog } from './fault-log.ts';
import type { Script, Scripts } from './scripts.ts';
import type { StoreClock } from './store-clock.ts';

/** What the connections of a node work with. */
export interface ConnectionParts {
  readonly scripts: Scripts;
  /** A key without which nothing goes: how its server is, is how Redis is. */
  readonly homeKey: string;
  readonly log: FaultLog;
}

/**
 * A node's connections: those for commands (one, or one to each master of a Cluster) and one that listens, so that a
 * burst of notifications never delays a login.
 */
export class Connections {
  readonly subscriber: Redis;
  readonly #links: CommandLinks;
  readonly #homeKey: string;
  readonly #watch: Watch;
  #isOpen = true;
  /** Called when Redis answers again after a silence on a connection that stayed. */
  onAnswer: () => void = () => undefined;
  /**
   * Called for each new connection for commands. Unless it leads to the same server and the same data as the last one, another
   * server may have answered, or an emptied one.
   */
  onConnection: (isSame: boolean) => void = () => undefined;
  /** Called when a server on a connection that stayed has other data than before. */
  onOtherData: () => void = () => undefined;

  constructor(settings: ConnectionSettings, { scripts, homeKey, log }: ConnectionParts) {
    this.#homeKey = homeKey;
    const parts: LinkParts = {
      log,
      commandTimeoutMs: settings.commandTimeoutMs,
      scripts: Object.values(scripts),
      greeted: (_link, isSame) => this.onConnection(isSame),
      changed: () => this.onOtherData(),
      lost: () => undefined,
      answered: () => this.onAnswer(),
      // What a primary that was demoted hears is not what is published from now on.
      demoted: () => this.#leaveSubscriber(),
    };
    const { address } = settings;
    if (address.kind === 'cluster') {
      const links = new ClusterLinks(settings, address.nodes, parts);
      this.#links = links;
      this.subscriber = makeSubscriber(settings, () => links.places);
    } else {
      this.#links = new SingleLink(settings, parts);
      this.subscriber = makeSubscriber(settings, () => []);
    }
    this.#watch = new Watch(this.subscriber, log, 'notifications');
  }

  /** Connects and goes on trying for ever. Rejects, without closing, when not all are up in time. */
  async open(timeoutMs: number): Promise<void> {
    this.#links.open();
    // A first refusal is no answer: ioredis goes on by itself, and the watch keeps its reason.
    this.subscriber.connect().catch(() => undefined);
    const endsAt = performance.now() + timeoutMs;
    while (!this.#links.isUp || this.subscriber.status !== 'ready') {
      if (!this.#isOpen) throw new Error('stopped before Redis was reached');
      if (performance.now() > endsAt) throw new Error(`cannot reach Redis: ${this.#reason}`);
      await delay(10);
    }
  }

  /** Whether a command sent now has a chance. */
  get isAnswering(): boolean {
    return this.#links.isAnswering(this.#homeKey);
  }

  /** With which word Redis refused to write lately, although it answers; empty when it takes writes. */
  get refusal(): string {
    return this.#links.refusal(this.#homeKey);
  }

  /** Calls that wait for an answer. */
  get inFlight(): number {
    return this.#links.inFlight;
  }

  /** The clock of the server that holds this key. Throws StoreFault when none is known. */
  clockOf(key: string): StoreClock {
    return this.#links.clockOf(key);
  }

  /** The id that the server of this key has just given to the history of its data; empty where it said none. */
  heard(key: string, history: string): void {
    this.#links.heard(key, history);
  }

  /** Runs a script: KEYS first, then ARGV. Rejects with StoreFault, at the latest after the command time-out. */
  run(script: Script, ...words: string[]): Promise<unknown> {
    return this.#links.run(script, words);
  }

  /** Any other command in the same terms; its first word is a key. */
  ask(name: string, ...words: readonly string[]): Promise<unknown> {
    return this.#links.ask(name, words);
  }

  close(): void {
    this.#isOpen = false;
    this.#watch.close();
    this.#links.close();
    this.subscriber.disconnect();
  }

  get #reason(): string {
    return this.#links.lastError || this.#watch.lastError || 'no answer';
  }

  #leaveSubscriber(): void {
    if (this.subscriber.status === 'ready') this.subscriber.stream.destroy();
  }
}
