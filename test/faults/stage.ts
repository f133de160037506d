import { setTimeout as delay } from 'node:timers/promises';
import type { LoginPolicy } from '../../gateway/policy/login-policy.ts';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { PresetName } from '../../gateway/policy/presets.ts';
import { EventLog, nowNs } from './event-log.ts';
import type { Invariant } from './events.ts';
import { Fleet } from './fleet.ts';
import { Random } from './random.ts';
import { readRegistry, type RegistryState } from './registry-view.ts';
import { StageNode, type NodeSettings } from './stage-node.ts';
import { SingleRedis, type Store } from './store.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

/** How much of a run is wanted: all of it, or a short form for the suite. */
export type Form = 'full' | 'short';

/** What a fault needs to happen on. */
export interface StageSettings {
  /** How many; 2 if left out. */
  readonly nodes?: number;
  /** The login policy of all nodes; single if left out. */
  readonly policy?: PresetName;
  /** More flags for all nodes. */
  readonly flags?: readonly string[];
  /** More flags for the full form, or for the short one. */
  readonly flagsOf?: Readonly<Record<Form, readonly string[]>>;
  /** Nothing is done to Redis or the nodes: in the short form they may be as slow as the machine. */
  readonly sparesNodes?: boolean;
  /** What a node of this name gets besides: flags of the gateway, flags of Node. */
  readonly each?: (name: string) => Partial<Pick<NodeSettings, 'flags' | 'nodeFlags'>>;
  /** The nodes tell a back end of events: `stage.receiver`. */
  readonly hasWebhooks?: boolean;
  /** Clients come through a proxy before each node. */
  readonly hasDoorProxies?: boolean;
  /** One redis-server with a proxy for each node if left out. */
  readonly store?: () => Promise<Store>;
}

/** What a run decides for all its stages. */
export interface RunSettings {
  readonly form: Form;
  readonly seed: number;
  /** More environment for all nodes. */
  readonly env: Readonly<Record<string, string>>;
}

/** How it was when all had come to rest, or when patience was over. */
export interface Rest {
  readonly isSettled: boolean;
  readonly registry: RegistryState;
  /** Since when clients and registry agree; undefined when they do not. */
  readonly agreedNs: number | undefined;
  /** Longest time that the registry held a session that was over, from its end or the healing, whatever came later. */
  readonly staleMs: number;
}

const pollMs = 20;
const lookMs = 2;
/** Only a story that fails waits so long. */
const untilLimitMs = 30_000;
/** A full run has the defaults, so that its figures are theirs. A call may take a quarter of a lease at most. */
const leases = {
  full: { leaseMs: 6000, flags: [] },
  short: { leaseMs: 3000, flags: ['--redis-lease-s', '3', '--redis-command-timeout-ms', '750'] },
  slow: { leaseMs: 6000, flags: ['--redis-command-timeout-ms', '1500'] },
} as const;

/** Where a fault happens: a store, nodes, clients, chance, and the log of it all. */
export class Stage {
  readonly form: Form;
  readonly log = new EventLog();
  readonly random: Random;
  readonly fleet: Fleet;
  readonly policy: LoginPolicy;
  readonly store: Store;
  readonly leaseMs: number;
  nodes: readonly StageNode[] = [];
  #receiver: WebhookReceiver | undefined;
  /** Logins that a story set to race each other; stories count them. */
  racingLogins = 0;
  /** Figures of a fault's own, for its result. */
  readonly detail: Record<string, number> = {};

  private constructor(store: Store, settings: StageSettings, run: RunSettings) {
    this.store = store;
    this.form = run.form;
    this.leaseMs = leaseOf(settings, run).leaseMs;
    this.random = new Random(run.seed);
    this.fleet = new Fleet(this.log, this.random, run.form === 'short' ? 5 : 1);
    this.policy = makePolicy({ policy: settings.policy ?? 'single' });
  }

  /** Starts all of it; resolves when every node is ready. */
  static async start(settings: StageSettings, run: RunSettings): Promise<Stage> {
    const { store: startStore = () => SingleRedis.start() } = settings;
    const store = await startStore();
    const stage = new Stage(store, settings, run);
    try {
      if (settings.hasWebhooks === true) stage.#receiver = await WebhookReceiver.start();
      await stage.#startNodes(settings, run);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  /** The node with this number, from 0. */
  node(number: number): StageNode {
    const node = this.nodes[number];
    if (node === undefined) throw new Error(`this stage has no node ${number}`);
    return node;
  }

  /** Any node that runs. */
  anyNode(): StageNode {
    return this.random.oneOf(this.nodes.filter(({ isRunning }) => isRunning));
  }

  /** The one redis-server; throws on another topology. */
  get redis(): SingleRedis['server'] {
    if (this.store instanceof SingleRedis) return this.store.server;
    throw new Error('this stage has another store than one redis-server');
  }

  /** Whether the nodes tell a back end of events. */
  get hasWebhooks(): boolean {
    return this.#receiver !== undefined;
  }

  /** The back end that the nodes tell of events; throws without `hasWebhooks`. */
  get receiver(): WebhookReceiver {
    if (this.#receiver === undefined) throw new Error('this stage has no webhooks');
    return this.#receiver;
  }

  /** Writes down that the story does harm. */
  fault(what: string): void {
    this.log.append({ kind: 'fault', what });
  }

  /** Takes back all that the proxies do, and writes down that the harm is over: bounds count from here. */
  heal(): void {
    for (const node of this.nodes) {
      if (this.store instanceof SingleRedis) node.redis.heal();
    }
    this.log.append({ kind: 'healed' });
  }

  /** Writes down that something is wrong unless it is as expected: a failure of the fault, and the story goes on. */
  expect(isSo: boolean, invariant: Invariant, text: string): void {
    if (!isSo) this.log.append({ kind: 'wrong', invariant, text });
  }

  /** Waits until `holds`, looking again all the time. Throws, with `what` in words, when that takes too long. */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const endsAt = performance.now() + untilLimitMs;
    while (!(await holds())) {
      if (performance.now() > endsAt) throw new Error(`waited ${untilLimitMs} ms for ${what}`);
      await delay(lookMs);
    }
  }

  /**
   * Waits until clients and registry agree: nobody waits for anything, and Redis holds just the sessions whose clients
   * believe in them; and until every node that runs is ready. Gives up after `patienceMs`.
   */
  async settle(patienceMs: number): Promise<Rest> {
    const endsAt = performance.now() + patienceMs;
    let staleMs = 0;
    let agreedNs: number | undefined;
    for (;;) {
      const lookedMs = performance.now();
      const registry = await this.#look();
      const tookMs = performance.now() - lookedMs;
      const isOver = performance.now() > endsAt;
      if (registry === undefined && isOver) throw new Error('the registry cannot be read');
      if (registry !== undefined) {
        staleMs = Math.max(staleMs, this.#stalest(registry));
        agreedNs = this.#agrees(registry) ? (agreedNs ?? nowNs()) : undefined;
        const isSettled = agreedNs !== undefined && (await this.#areReady());
        if (isSettled) this.log.append({ kind: 'settled' });
        if (isSettled || isOver) return { isSettled, registry, staleMs, agreedNs };
      }
      // A look at many thousand sessions keeps Redis and the proxies busy: what is measured must come first.
      await delay(Math.max(pollMs, 4 * tookMs));
    }
  }

  /** What Redis holds now. Rejects while it cannot be read. */
  async registry(): Promise<RegistryState> {
    return readRegistry(await this.store.primaries());
  }

  /** Takes what is left of users whose clients have gone (epochs, kick marks) out of Redis: the next round has others. */
  async forget(): Promise<void> {
    // The replicas of a primary may just be on their way back, without whom it takes no writes.
    const unlinked = () =>
      this.#unlinkUsers().then(
        () => true,
        () => false,
      );
    await this.until(unlinked, 'Redis to take users away');
  }

  async #unlinkUsers(): Promise<void> {
    for (const redis of await this.store.primaries()) {
      const keys = await redis.keys('*:user:*');
      for (const key of keys) await redis.unlink(key);
    }
  }

  async stop(): Promise<void> {
    this.fleet.dismiss();
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.store.stop();
    await this.#receiver?.stop();
  }

  async #startNodes(settings: StageSettings, run: RunSettings): Promise<void> {
    const names = Array.from({ length: settings.nodes ?? 2 }, (_, n) =>
      String.fromCodePoint(97 + n),
    );
    const told = this.#receiver === undefined ? [] : webhookFlags(this.#receiver.url);
    const nodeSettings = (name: string): NodeSettings => {
      const { flags, ...rest } = nodeSettingsOf(name, settings, run);
      return { ...rest, flags: [...told, ...flags] };
    };
    const started = await Promise.allSettled(
      names.map(async (name) =>
        StageNode.start(name, await this.store.access(name), nodeSettings(name), this.log),
      ),
    );
    this.nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** The registry, or undefined while Redis cannot be read. */
  async #look(): Promise<RegistryState | undefined> {
    try {
      return await this.registry();
    } catch {
      return undefined;
    }
  }

  #agrees({ records }: RegistryState): boolean {
    if (this.fleet.isPending) return false;
    const { open } = this.fleet;
    return records.length === open.size && records.every(({ sessionId }) => open.has(sessionId));
  }

  async #areReady(): Promise<boolean> {
    const running = this.nodes.filter(({ isRunning }) => isRunning);
    const ready = await Promise.all(running.map((node) => node.isReady().catch(() => false)));
    return ready.every(Boolean);
  }

  #stalest({ records }: RegistryState): number {
    const healedNs = this.log.lastNs('healed') ?? 0;
    let stalestNs = 0;
    for (const { sessionId } of records) {
      const endedNs = this.fleet.endedNs(sessionId);
      if (endedNs !== undefined) {
        stalestNs = Math.max(stalestNs, nowNs() - Math.max(endedNs, healedNs));
      }
    }
    return Math.round(stalestNs / 1e6);
  }
}

function leaseOf({ sparesNodes = false }: StageSettings, { form }: RunSettings) {
  return leases[sparesNodes && form === 'short' ? 'slow' : form];
}

function webhookFlags(url: string): readonly string[] {
  const token = ['--webhooks-token', 'canary-token'];
  return ['--webhooks-url', url, '--webhooks-allowed-addresses', '127.0.0.1', ...token];
}

function nodeSettingsOf(name: string, settings: StageSettings, run: RunSettings): NodeSettings {
  const { policy = 'single', flags = [], flagsOf, hasDoorProxies = false } = settings;
  const own = settings.each?.(name);
  const forForm = [...leaseOf(settings, run).flags, ...(flagsOf?.[run.form] ?? [])];
  return {
    flags: ['--policy', policy, ...forForm, ...flags, ...(own?.flags ?? [])],
    nodeFlags: own?.nodeFlags ?? [],
    env: run.env,
    hasDoorProxy: hasDoorProxies,
  };
}
