import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import type { Scripts } from './scripts.ts';
import type { StoreClock } from './store-clock.ts';

/** How a node's lease was before a beat: held, run out, or unknown to Redis. */
export type Standing = 'held' | 'lapsed' | 'missing';

/** What a beat brought back. */
export interface Beat {
  readonly standing: Standing;
  /** Some of the nodes whose lease has run out. */
  readonly dead: readonly string[];
}

/** The end of a lease: of performance.now(), and by the clock of the server that holds the leases, in ms. */
export interface Term {
  readonly endsAt: number;
  readonly storeEndsAt: number;
}

/** What beats bring of the policies that were set at run time; see scripts/policies.lua. */
export interface PolicyNews {
  /** That of the policies this node knows; "0": none. */
  version(): string;
  /** Redis has another version: all of its fields and texts by turns. */
  heard(flat: readonly string[]): void;
}

/** What lease.lua answers. */
type BeatReply = readonly [Standing, string, readonly string[] | null, string, ...string[]];

/** Why a node without a lease registers nobody. */
export const leaseRunOut = 'the lease of this node has run out';

const deadNamed = 8;

/** This node's lease: the promise to the others that its sessions are live until the lease ends. */
export class Lease {
  readonly #connections: Connections;
  readonly #scripts: Scripts;
  readonly #keys: Keys;
  readonly #nodeId: string;
  readonly #lengthMs: number;
  /** Of performance.now(). Never later than the end Redis holds, because it counts from before the call. */
  #endsAt = -Infinity;
  #storeEndsAt = 0;
  /** Whether it is to be taken anew: it never was, or this node has heard that it is gone. */
  #isToBeTaken = true;
  /** What goes with each beat about this node, for people to read; empty: nothing. */
  says: () => string = () => '';
  /** Who knows of the policies that were set at run time. */
  policies: PolicyNews = { version: () => '0', heard: () => undefined };

  constructor(
    parts: { connections: Connections; scripts: Scripts; keys: Keys },
    nodeId: string,
    lengthMs: number,
  ) {
    this.#connections = parts.connections;
    this.#scripts = parts.scripts;
    this.#keys = parts.keys;
    this.#nodeId = nodeId;
    this.#lengthMs = lengthMs;
  }

  /** Whether nobody can have taken this node for dead yet. One comparison: every login asks. */
  get isHeld(): boolean {
    return performance.now() < this.#endsAt;
  }

  /** How much of it is left; 0 when it has run out. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /**
   * The end of it by the clock of the server that a call goes to, in ms; 1, which has always passed, where there is
   * none. Whatever registers a session carries it: a call that arrives later would leave a record that nobody
   * sweeps. Throws StoreFault when nobody knows where the leases are.
   */
  storeEndsAt(clock: StoreClock, term: Term = this.term): number {
    if (clock === this.#connections.clockOf(this.#keys.leases)) {
      return Math.max(1, term.storeEndsAt);
    }
    // Of two masters of a Cluster each has its own clock: this node's lies between them.
    return Math.max(1, clock.at(term.endsAt));
  }

  /** How the lease stands now: for a call that may not outlive it, although the next beat prolongs it. */
  get term(): Term {
    return { endsAt: this.#endsAt, storeEndsAt: this.#storeEndsAt };
  }

  /**
   * One beat: prolongs the lease if `isKept`, sends a probe down this node's own channel, asks who is dead. `standing` is
   * how the lease was, by Redis and by this node's own clock. One that was gone is taken with the next beat, which should come
   * soon: only what this node has heard may make it go away, or a beat that was given up would hide it. Rejects with StoreFault.
   */
  async beat(isKept: boolean, probe: number): Promise<Beat> {
    const sentAt = performance.now();
    const wasHeld = this.isHeld;
    const wish = !isKept ? 'look' : this.#isToBeTaken ? 'take' : 'keep';
    const reply = await this.#connections.run(
      this.#scripts.lease,
      this.#keys.leases,
      this.#keys.load,
      this.#keys.policies,
      this.#nodeId,
      String(this.#lengthMs),
      wish,
      this.#keys.channel(this.#nodeId),
      String(probe),
      String(deadNamed),
      isKept ? this.says() : '',
      this.policies.version(),
    );
    const [standing, storeEndsAt, policies, history, ...dead] = reply as BeatReply;
    this.#connections.heard(this.#keys.leases, history);
    this.#storeEndsAt = Number(storeEndsAt);
    if (wish !== 'look') {
      this.#isToBeTaken = wish === 'keep' && standing !== 'held';
      this.#endsAt = this.#isToBeTaken ? -Infinity : sentAt + this.#lengthMs;
    }
    if (policies !== null) this.policies.heard(policies);
    // A call that was given up may have taken the lease anew since it lapsed, and the others swept in between.
    return { standing: standing === 'held' && !wasHeld ? 'lapsed' : standing, dead };
  }

  /**
   * The last beat of a node whose clients were told to come back within `holdMs`, to other nodes: until then nobody
   * sweeps what it leaves. Rejects with StoreFault.
   */
  async hold(holdMs: number): Promise<void> {
    await this.#stand('hold', String(Math.ceil(holdMs)));
  }

  /** Gives the lease back: nothing of this node is left to sweep. Rejects with StoreFault. */
  async leave(): Promise<void> {
    this.#endsAt = -Infinity;
    this.#storeEndsAt = 0;
    this.#isToBeTaken = true;
    await this.#stand('leave');
  }

  async #stand(...words: readonly string[]): Promise<void> {
    const { leases, load } = this.#keys;
    await this.#connections.run(this.#scripts.standing, leases, load, this.#nodeId, ...words);
  }
}
