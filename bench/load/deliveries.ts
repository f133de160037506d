import type { Notes } from './notes.ts';

/** A user is watched while she comes and goes once. */
type Change = 'online' | 'offline';

/** When a user changed in this way, and when watchers were told of it that were told before that was known. */
interface Entry {
  changedAtMs: number;
  early: number[];
}

/** Who of a generator's users is watched by others of it, and how long each change takes to each watcher. */
export class Deliveries {
  readonly #notes: Notes;
  readonly #entries = new Map<string, Entry>();

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** From now on the changes of these users are timed. */
  watch(userIds: readonly string[]): void {
    for (const userId of userIds) {
      this.#entries.set(keyOf(userId, 'online'), { changedAtMs: 0, early: [] });
      this.#entries.set(keyOf(userId, 'offline'), { changedAtMs: 0, early: [] });
    }
  }

  /** A change was answered to the user herself at `atMs` of `monotonicMs`; those of others are let be. */
  changed(userId: string, change: Change, atMs: number): void {
    const entry = this.#entries.get(keyOf(userId, change));
    if (entry === undefined) return;
    entry.changedAtMs = atMs;
    for (const toldAtMs of entry.early) this.#notes.timed('presence', atMs, toldAtMs);
    entry.early = [];
  }

  /** A watcher was told. */
  told(userId: string, state: string, atMs: number): void {
    if (state !== 'online' && state !== 'offline') return;
    const entry = this.#entries.get(keyOf(userId, state));
    if (entry === undefined) return;
    if (entry.changedAtMs === 0) entry.early.push(atMs);
    else this.#notes.timed('presence', entry.changedAtMs, atMs);
  }
}

function keyOf(userId: string, change: Change): string {
  return `${change} ${userId}`;
}
