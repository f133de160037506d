import { setTimeout as delay } from 'node:timers/promises';
import type { RestrictedUsers } from '../../gateway/registry/restrictions.ts';
import { userOf } from '../support/back-end.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { Device } from './device.ts';
import { nodeHarms, redisHarms } from './harms.ts';
import { inWords, placeOf, type Act, type Schedule, type Step } from './schedule.ts';
import type { StageNode } from './stage-node.ts';
import type { Stage } from './stage.ts';

type ActOf<K extends Act['kind']> = Extract<Step, { readonly kind: K }>;

/** Users who do the same at once. */
const groupSize = { full: 8, short: 4 } as const;
/** A back end that is told that Redis is away asks again so often. */
const askAgainMs = 100;

/** Plays a schedule on a stage: clients and harms as it says, each step at its time. Its users must be new ones. */
export class Play {
  readonly #stage: Stage;
  readonly #backEnd: RestrictedUsers;
  readonly #prefix: string;
  readonly #devices = new Map<string, readonly Device[]>();
  /** The last harm of each place; the next one there begins behind it. */
  readonly #harms = new Map<string, Promise<void>>();
  readonly #connecting: Promise<void>[] = [];
  readonly #revocations: Promise<void>[] = [];

  /** `prefix` begins the names of its users; `backEnd` revokes their tickets. */
  constructor(stage: Stage, backEnd: RestrictedUsers, prefix: string) {
    this.#stage = stage;
    this.#backEnd = backEnd;
    this.#prefix = prefix;
  }

  /** Resolves when all harm is undone, and nothing of it is under way but logins. Rejects when the bench itself fails. */
  async perform(schedule: Schedule): Promise<void> {
    for (const step of schedule) {
      await delay(step.afterMs);
      this.#take(step);
    }
    const ends = await Promise.allSettled(this.#harms.values());
    this.#stage.heal();
    ends.push(...(await Promise.allSettled([...this.#connecting, ...this.#revocations])));
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
  }

  #take(step: Step): void {
    switch (step.kind) {
      case 'logIn':
        return this.#logIn(step);
      case 'leave':
        return this.#leave(step);
      case 'revoke':
        return void this.#revocations.push(this.#revoke(step));
      case 'harmNode':
      case 'harmRedis':
        return this.#harm(step);
    }
  }

  #logIn({ group, platform, node }: ActOf<'logIn'>): void {
    const door = (): StageNode => this.#runningFrom(node);
    for (const device of this.#devicesOf(group, platform)) {
      device.retire();
      const preparing = device.obey(door).prepare(door());
      this.#connecting.push(preparing.then((begin) => void begin()));
    }
  }

  #leave({ group, platform, how }: ActOf<'leave'>): void {
    for (const device of this.#devicesOf(group, platform)) {
      if (device.isIn || device.attempt?.isPending === true) device[how]();
      else device.retire();
    }
  }

  async #revoke({ group }: ActOf<'revoke'>): Promise<void> {
    const { log } = this.#stage;
    const users = Array.from({ length: groupSize[this.#stage.form] }, (_, n) =>
      this.#userId(group, n),
    );
    for (const userId of users) log.append({ kind: 'revoking', userId });
    await this.#stage.until(() => this.#haveRevoked(users), 'the revocation of tickets');
    for (const userId of users) log.append({ kind: 'revoked', userId });
  }

  /** False while Redis is away. */
  async #haveRevoked(userIds: readonly string[]): Promise<boolean> {
    try {
      await Promise.all(userIds.map((userId) => this.#backEnd.revoke(userOf(userId))));
      return true;
    } catch {
      await delay(askAgainMs);
      return false;
    }
  }

  #harm(step: ActOf<'harmNode' | 'harmRedis'>): void {
    const place = placeOf(step);
    const before = this.#harms.get(place) ?? Promise.resolve();
    this.#harms.set(
      place,
      before.then(() => {
        this.#stage.fault(inWords(step));
        return step.kind === 'harmNode' ? this.#harmNode(step) : this.#harmRedis(step);
      }),
    );
  }

  async #harmNode({ node: number, harm, forMs }: ActOf<'harmNode'>): Promise<void> {
    const node = this.#stage.node(number);
    const { begin, end } = nodeHarms[harm];
    await begin(node);
    await delay(forMs);
    await end(node);
  }

  async #harmRedis({ harm, forMs }: ActOf<'harmRedis'>): Promise<void> {
    await redisHarms[harm].harm(this.#stage, forMs);
  }

  /** The node with this number, or the next one that runs: behind a balancer nobody finds a dead one. */
  #runningFrom(number: number): StageNode {
    const { nodes } = this.#stage;
    const inTurn = [...nodes.slice(number), ...nodes.slice(0, number)];
    return inTurn.find(({ isRunning }) => isRunning) ?? this.#stage.node(0);
  }

  #devicesOf(group: number, platform: Platform): readonly Device[] {
    const name = `${group} ${platform}`;
    const known = this.#devices.get(name);
    if (known !== undefined) return known;
    const devices = Array.from({ length: groupSize[this.#stage.form] }, (_, n) =>
      this.#stage.fleet.device(this.#userId(group, n), { platform }),
    );
    this.#devices.set(name, devices);
    return devices;
  }

  #userId(group: number, n: number): string {
    return `${this.#prefix}-${group}-${n}`;
  }
}
