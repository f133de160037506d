import { SharedFrame } from '../../protocol/shared-frame.ts';
import type { PresenceCounters } from './counters.ts';
import { statusOnWire } from './status-on-wire.ts';
import type { WatchedUser } from './watch-table.ts';
import type { Watcher } from './watcher.ts';

/** Watchers told in one turn of the loop: a user whom ten thousand watch must not make everybody wait. */
const perTurn = 500;

/**
 * Tells watchers of changes. All changes of one turn of the loop leave together, of each user the last one alone;
 * each is one frame, written once an encoding, and a watcher gets hers in one go. While a long round is being sent
 * further changes wait for the next.
 */
export class FanOut {
  readonly #counters: PresenceCounters;
  #dirty: WatchedUser[] = [];
  #isScheduled = false;

  constructor(counters: PresenceCounters) {
    this.#counters = counters;
  }

  /** The user's status is another now. */
  changed(user: WatchedUser): void {
    if (user.isDirty) {
      this.#counters.coalesced += 1;
      return;
    }
    user.isDirty = true;
    this.#dirty.push(user);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    const changed = this.#dirty;
    this.#dirty = [];
    this.#send(changed.length === 1 ? sameForAll(changed) : byWatcher(changed));
  }

  #send(due: Iterator<readonly [Watcher, readonly SharedFrame[]]>): void {
    for (let sent = 0; sent < perTurn; sent += 1) {
      const next = due.next();
      if (next.done === true) return this.#end();
      const [watcher, frames] = next.value;
      if (watcher.session === undefined) continue;
      this.#counters.notifications += frames.length;
      watcher.session.notify(frames);
    }
    setImmediate(() => this.#send(due));
  }

  #end(): void {
    if (this.#dirty.length > 0) setImmediate(() => this.#round());
    else this.#isScheduled = false;
  }
}

/** The usual case: one user has changed, and one list of frames serves all her watchers. */
function* sameForAll(
  changed: readonly WatchedUser[],
): Generator<readonly [Watcher, readonly SharedFrame[]]> {
  const frames = changed.flatMap((user) => frameOf(user) ?? []);
  // Copied: whoever is told may end, and with it its watches.
  const watchers = changed.flatMap((user) => [...user.watchers]);
  if (frames.length > 0) for (const watcher of watchers) yield [watcher, frames];
}

function byWatcher(
  changed: readonly WatchedUser[],
): Iterator<readonly [Watcher, readonly SharedFrame[]]> {
  const due = new Map<Watcher, SharedFrame[]>();
  for (const user of changed) {
    const frame = frameOf(user);
    if (frame === undefined) continue;
    for (const watcher of user.watchers) {
      const frames = due.get(watcher);
      if (frames === undefined) due.set(watcher, [frame]);
      else frames.push(frame);
    }
  }
  return due.entries();
}

/** From here on a further change of the user is one of the next round. */
function frameOf(user: WatchedUser): SharedFrame | undefined {
  user.isDirty = false;
  const { sdkAppId, userId, status } = user;
  if (status === undefined || !user.isWatched) return undefined;
  const statuses = [statusOnWire(userId, status)];
  return new SharedFrame({ name: 'statusChanged', seq: 0, sdkAppId, statuses });
}
