import type { Door } from './attempt.ts';
import type { Device } from './device.ts';
import type { Stage } from './stage.ts';
import { Watcher } from './watcher.ts';

type State = 'online' | 'pushOnline' | 'offline';

const watcherCounts = { full: 20, short: 4 } as const;
const flappingAtOnce = 20;
/** A short form says only that things come right at all. */
const slack = { full: 1, short: 4 } as const;

/** Flags of nodes on which an audience watches: sessions are held, and one may watch all of a story's users. */
export const audienceFlags: readonly string[] = [
  '--presence-hold-s',
  '2',
  '--presence-watches-per-session',
  '10000',
];

/** Watchers of one round, and what they have to believe in the end (invariant I11). */
export class Audience {
  readonly #stage: Stage;
  readonly #watchers: Watcher[] = [];
  readonly #expected = new Map<string, State>();
  readonly #staying = new Set<string>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Logs watchers in there; `prefix` begins their names. */
  async seat(prefix: string, door: Door): Promise<readonly Device[]> {
    const { fleet, form } = this.#stage;
    const devices = fleet.devices(`${prefix}-watcher`, watcherCounts[form], { platform: 'web' });
    await fleet.logInAll(devices, door);
    const isThere = (userId: string): boolean => this.#staying.has(userId);
    for (const device of devices) this.#watchers.push(new Watcher(device, isThere));
    return devices;
  }

  /** These come back by themselves on that node, however often they are refused; resolves when all are in there. */
  async moveTo(devices: readonly Device[], door: Door): Promise<void> {
    for (const device of devices) device.obey(() => door);
    await this.#stage.fleet.logInAll(devices, door, { automatic: true });
    await this.#stage.until(
      () => devices.every(({ isIn, attempt }) => isIn && attempt?.node === door.name),
      `all to be in on node ${door.name}`,
    );
  }

  /** The links of these are lost and back on that node, a few at a time, so that each is away for a moment only. */
  async flap(devices: readonly Device[], door: Door): Promise<void> {
    for (let first = 0; first < devices.length; first += flappingAtOnce) {
      const some = devices.slice(first, first + flappingAtOnce);
      for (const device of some) device.cut();
      await this.moveTo(some, door);
    }
  }

  /** In the end these users must be believed to be so. */
  expect(devices: readonly Device[], state: State): void {
    for (const { userId } of devices) this.#expected.set(userId, state);
  }

  /** These are online from now to the end, and nobody may be told otherwise. */
  keep(devices: readonly Device[]): void {
    this.expect(devices, 'online');
    for (const { userId } of devices) this.#staying.add(userId);
  }

  /** All watch all that something is expected of; resolves when they have been told how these are. */
  async watch(): Promise<void> {
    const userIds = [...this.#expected.keys()];
    for (const watcher of this.#watchers) watcher.watch(userIds);
    await this.#stage.until(
      () => this.#watchers.every(({ isWatching }) => isWatching),
      'the answers to the watches',
    );
  }

  /** Whether all believe the same state of these. */
  believe(devices: readonly Device[], state: State): boolean {
    return this.#watchers.every((watcher) =>
      devices.every(({ userId }) => watcher.stateOf(userId) === state),
    );
  }

  /** Waits until all believe what is expected, and notes what was wrong on the way or came later than `boundMs`. */
  async judge(boundMs: number): Promise<void> {
    const stage = this.#stage;
    const startedAt = performance.now();
    const endsAt = startedAt + boundMs * slack[stage.form];
    const isOver = (): boolean => this.#difference() === undefined || performance.now() > endsAt;
    await stage.until(isOver, 'the watchers to be right');
    const difference = this.#difference();
    stage.expect(difference === undefined, 'I11', `after ${boundMs} ms ${difference}`);
    for (const { wrongs } of this.#watchers)
      for (const wrong of wrongs) stage.expect(false, 'I11', wrong);
  }

  #difference(): string | undefined {
    for (const watcher of this.#watchers) {
      for (const [userId, state] of this.#expected) {
        const believed = watcher.stateOf(userId);
        if (believed !== state) return `${userId} is believed ${believed} instead of ${state}`;
      }
    }
    return undefined;
  }
}
