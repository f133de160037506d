import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { Push } from '../registry/pushes.ts';
import type { PushCounters } from './counters.ts';
import { pushFrame } from './push-frame.ts';

/** A session that may get a push to everybody. */
export interface Receiver {
  /** Whether a user of this app is logged in on it now. */
  isOf(sdkAppId: number): boolean;
  /** Hands it a push. */
  pushed(frame: SharedFrame): void;
}

/** What broadcasts work with. */
export interface BroadcastParts {
  /** The sessions of this node as they are now. */
  readonly receivers: () => readonly Receiver[];
  /** Sessions that are told in a second, at most. */
  readonly perS: number;
  readonly counters: PushCounters;
}

const sliceMs = 20;
/** Beyond it further ones are dropped: an app may send one a second, and each takes its time. */
const mostWaiting = 32;

/** One push to everybody on its way, and how far it has come. */
interface Broadcast {
  readonly sdkAppId: number;
  readonly frame: SharedFrame;
  /** Who was here when its turn came: whoever comes later, maybe from another node, has been told or is too late. */
  receivers: readonly Receiver[] | undefined;
  next: number;
}

/**
 * Pushes to everybody of an app, one after the other and each in slices: neither the loop of this node nor its network has
 * to take all of it at once. A frame is encoded once an encoding.
 */
export class Broadcasts {
  readonly #parts: BroadcastParts;
  readonly #waiting: Broadcast[] = [];
  readonly #perSlice: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: BroadcastParts) {
    this.#parts = parts;
    this.#perSlice = Math.max(1, Math.ceil((parts.perS * sliceMs) / 1000));
  }

  /** Begins one, or lets it wait for those before it. */
  add(sdkAppId: number, push: Push): void {
    const { counters } = this.#parts;
    if (this.#waiting.length >= mostWaiting) {
      counters.droppedBroadcasts += 1;
      return;
    }
    counters.broadcasts += 1;
    this.#waiting.push({ sdkAppId, frame: pushFrame(push, true), receivers: undefined, next: 0 });
    if (this.#timer === undefined) this.#slice();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #slice(): void {
    const current = this.#waiting[0];
    this.#timer = undefined;
    if (current === undefined) return;
    const { sdkAppId, frame } = current;
    current.receivers ??= this.#parts.receivers();
    const { receivers } = current;
    const end = Math.min(current.next + this.#perSlice, receivers.length);
    for (; current.next < end; current.next += 1) {
      const receiver = receivers[current.next];
      if (receiver?.isOf(sdkAppId) === true) receiver.pushed(frame);
    }
    if (current.next === receivers.length) this.#waiting.shift();
    this.#timer = setTimeout(() => this.#slice(), sliceMs).unref();
  }
}
