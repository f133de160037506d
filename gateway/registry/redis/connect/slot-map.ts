import { Redis } from 'ioredis';
import { StoreFault } from '../store-fault.ts';
import type { ConnectionSettings, HostPort } from './address.ts';
import { commandOptions, optionsAt } from './client-options.ts';
import { Link, type LinkParts } from './link.ts';
import { slotCount } from './slots.ts';

/** As CLUSTER SLOTS tells it: first slot, last slot, then the master and its replicas. */
type SlotRange = readonly [number, number, readonly [string | null, number], ...unknown[]];

/** While a master is away: how often the others are asked whether another has taken its place. */
const lookEveryMs = 250;
const answerLimitMs = 1000;

/** The masters of a Cluster: which slot lies where, and a link to each. What the servers answer keeps it true. */
export class SlotMap {
  readonly #settings: ConnectionSettings;
  readonly #parts: LinkParts;
  readonly #seeds: readonly HostPort[];
  readonly #links = new Map<string, Link>();
  #masters: ReadonlySet<Link> = new Set();
  readonly #owners: (Link | undefined)[] = Array.from({ length: slotCount });
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = true;
  #lastError = 'no server was asked yet';

  /** `seeds`: servers that are asked as long as no other is known, or none of those answers. */
  constructor(settings: ConnectionSettings, seeds: readonly HostPort[], parts: LinkParts) {
    this.#settings = settings;
    this.#seeds = seeds;
    this.#parts = {
      ...parts,
      lost: (link) => {
        parts.lost(link);
        this.#keepLooking();
      },
      demoted: (link) => {
        parts.demoted(link);
        void this.look();
      },
    };
  }

  /** Looks until every master is known and answers. */
  open(): void {
    void this.look();
    this.#keepLooking();
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    for (const link of this.#links.values()) link.close();
  }

  get links(): readonly Link[] {
    return [...this.#links.values()];
  }

  /** Whether the masters are known and all of them can be used. */
  get isUp(): boolean {
    return this.#links.size > 0 && this.links.every((link) => link.isAnswering);
  }

  get lastError(): string {
    return this.links.find((link) => !link.isAnswering)?.lastError || this.#lastError;
  }

  /** Servers to connect to: masters that answer, else all that were ever named. */
  get places(): readonly HostPort[] {
    const answering = [...this.#links].filter(([, link]) => link.isAnswering);
    if (answering.length > 0) return answering.map(([name]) => placeOf(name));
    return [...this.#seeds, ...[...this.#links.keys()].map(placeOf)];
  }

  /** The link to the master that holds a slot. Throws StoreFault when none is known. */
  owner(slot: number): Link {
    const link = this.#owners[slot];
    if (link === undefined)
      throw new StoreFault('no master is known for this slot', false, 'unconnected');
    return link;
  }

  /** The link to a server; a new one connects by itself. */
  linkTo(place: HostPort): Link {
    const name = nameOf(place);
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const link = new Link({ ...optionsAt(this.#settings, place), ...commandOptions }, this.#parts);
    this.#links.set(name, link);
    if (this.#isOpen) link.open();
    return link;
  }

  /** A server says that another holds a slot: where one has moved, more may have. */
  moved(slot: number, place: HostPort): Link {
    const link = this.linkTo(place);
    this.#owners[slot] = link;
    void this.look();
    return link;
  }

  /** Asks a server for the whole map; one question at a time. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  #keepLooking(): void {
    if (this.#timer !== undefined || !this.#isOpen) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.isUp) return;
      void this.look();
      this.#keepLooking();
    }, lookEveryMs).unref();
  }

  async #look(): Promise<void> {
    for (const [name, link] of this.#links) {
      if (!link.isAnswering) continue;
      const reply = await link.ask('cluster', ['SLOTS']).catch(() => undefined);
      if (this.#apply(reply, placeOf(name))) return;
    }
    for (const place of this.places) {
      const reply = await this.#askOnce(place);
      if (this.#apply(reply, place)) return;
    }
  }

  async #askOnce(place: HostPort): Promise<unknown> {
    const redis = new Redis({
      ...optionsAt(this.#settings, place),
      ...commandOptions,
      enableReadyCheck: false,
      commandTimeout: answerLimitMs,
      retryStrategy: () => null,
    });
    redis.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
    try {
      await redis.connect();
      return await redis.cluster('SLOTS');
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      redis.disconnect();
    }
  }

  /** False when the reply is none to go by. `from` stands in for a host that the server itself does not know. */
  #apply(reply: unknown, from: HostPort): boolean {
    if (!this.#isOpen) return true;
    if (!Array.isArray(reply) || reply.length === 0) return false;
    this.#owners.fill(undefined);
    const masters = new Set<Link>();
    for (const [first, last, [host, port]] of reply as readonly SlotRange[]) {
      const link = this.linkTo({ host: host || from.host, port });
      this.#owners.fill(link, first, last + 1);
      masters.add(link);
    }
    this.#rule(masters);
    // One that answers may be about to get its first slot.
    for (const [name, link] of this.#links) {
      if (masters.has(link) || link.isAnswering) continue;
      this.#links.delete(name);
      link.close();
    }
    if (!this.isUp) this.#keepLooking();
    return true;
  }

  /** One that was a replica until now has other data than when it was a master before, and its link may have stayed. */
  #rule(masters: ReadonlySet<Link>): void {
    for (const link of masters) {
      if (!this.#masters.has(link) && link.isAnswering) void link.look();
    }
    this.#masters = masters;
  }
}

function nameOf({ host, port }: HostPort): string {
  return `${host}:${port}`;
}

function placeOf(name: string): HostPort {
  const colon = name.lastIndexOf(':');
  return { host: name.slice(0, colon), port: Number(name.slice(colon + 1)) };
}
