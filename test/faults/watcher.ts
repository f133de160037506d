import { limits } from '../../protocol/limits.ts';
import type { Attempt, PresenceFrame } from './attempt.ts';
import type { Device } from './device.ts';

type Status = Extract<PresenceFrame, { name: 'statusChanged' }>['statuses'][number];

/** A device that watches users, and what it believes of them. */
export class Watcher {
  readonly device: Device;
  /** What it was told that must not be, in words. */
  readonly wrongs: string[] = [];
  readonly #known = new Map<string, Status>();
  readonly #isThere: (userId: string) => boolean;
  #attempt: Attempt | undefined;
  #answersDue = 0;

  /** @param isThere whether a user has a live session all the time, so that nobody may say otherwise */
  constructor(device: Device, isThere: (userId: string) => boolean) {
    this.device = device;
    this.#isThere = isThere;
  }

  /** Watches them on its present connection, which must be logged in. */
  watch(userIds: readonly string[]): void {
    const { attempt } = this.device;
    if (attempt === undefined) throw new Error('a watcher without a connection');
    this.#attempt = attempt;
    this.#answersDue = 0;
    attempt.onPresence = (frame) => this.#hear(attempt, frame);
    for (let first = 0; first < userIds.length; first += limits.usersPerWatch) {
      this.#answersDue += 1;
      attempt.watch(userIds.slice(first, first + limits.usersPerWatch));
    }
  }

  /** Whether all it asked for has been answered. */
  get isWatching(): boolean {
    return this.#attempt !== undefined && this.#answersDue === 0;
  }

  /** What it believes; undefined before it was told. */
  stateOf(userId: string): string | undefined {
    return this.#known.get(userId)?.[1];
  }

  #hear(attempt: Attempt, frame: PresenceFrame): void {
    if (attempt !== this.#attempt) return;
    if (frame.name !== 'watching' && frame.name !== 'statusChanged') return;
    for (const status of frame.statuses) this.#take(status);
    if (frame.name !== 'watching') return;
    for (const [userId, code] of frame.refused)
      this.wrongs.push(`the watch of ${userId} was refused with ${code}`);
    if (frame.isLast) this.#answersDue -= 1;
  }

  #take(status: Status): void {
    const [userId, state, , , version] = status;
    const known = this.#known.get(userId);
    // Version 0 is none: the registry knows nothing of the user, and has been asked twice.
    if (known !== undefined && version !== 0 && version < known[4])
      this.wrongs.push(`${userId} went back from version ${known[4]} to ${version}`);
    if (state !== 'online' && this.#isThere(userId))
      this.wrongs.push(`${userId} was told ${state} and is online`);
    this.#known.set(userId, status);
  }
}
