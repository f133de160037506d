import { addressGroup } from './address.ts';

/** Whether one more socket may wait for its login, and if not, which cap it met. */
export type PendingRoom = 'free' | 'tooManyPending' | 'tooManyPendingFromAddress';

/**
 * Counts the sockets that have not logged in yet, in total and per address (IPv6 by /64). It never holds more
 * entries than there are such sockets, so its memory is bounded by the total cap.
 */
export class PendingSockets {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #byGroup = new Map<string, number>();
  #total = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** How many sockets wait for their login now. */
  get total(): number {
    return this.#total;
  }

  /** Asks without counting. The caller that opens a socket on `free` must `enter` in the same turn of the loop. */
  roomFor(address: string): PendingRoom {
    if (this.#total >= this.#max) return 'tooManyPending';
    const count = this.#byGroup.get(addressGroup(address)) ?? 0;
    return count >= this.#maxPerAddress ? 'tooManyPendingFromAddress' : 'free';
  }

  /** Counts a socket; it must `leave` exactly once, at its login or its end. */
  enter(address: string): void {
    const group = addressGroup(address);
    this.#total += 1;
    this.#byGroup.set(group, (this.#byGroup.get(group) ?? 0) + 1);
  }

  leave(address: string): void {
    const group = addressGroup(address);
    const count = this.#byGroup.get(group) ?? 0;
    this.#total -= 1;
    if (count > 1) this.#byGroup.set(group, count - 1);
    else this.#byGroup.delete(group);
  }
}
