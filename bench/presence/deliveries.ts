/** What the custom status of a change begins with; its number follows, so that a frame tells which change it is of. */
const mark = 'change-';
const needle = Buffer.from(mark);
const digits = 7;
const digitZero = 48;

/** The custom status of a change: another one for each, of one length. */
export function statusOf(change: number): string {
  return mark + String(change).padStart(digits, '0');
}

/** Changes under way and what came of them: when each left, how many frames of it have arrived, and how late. */
export class Deliveries {
  /** From the write of the change to each frame of it, in microseconds. */
  readonly latenciesUs: number[] = [];
  /** Frames that came. */
  count = 0;
  /** Changes of which every watcher has been told. */
  whole = 0;
  /** When the first change left and the last frame came, in ms of `performance.now()`. */
  firstAtMs = Infinity;
  lastAtMs = 0;
  /** Hears of each of them. */
  onWhole: () => void = () => undefined;
  readonly #watchers: number;
  readonly #sentAt = new Map<number, number>();
  readonly #left = new Map<number, number>();

  /** @param watchers how many are to hear of each change */
  constructor(watchers: number) {
    this.#watchers = watchers;
  }

  /** The change leaves now. */
  sent(change: number): void {
    const nowMs = performance.now();
    this.firstAtMs = Math.min(this.firstAtMs, nowMs);
    this.#sentAt.set(change, nowMs);
    this.#left.set(change, this.#watchers);
  }

  /** A watcher has got a message. One that is of no change of ours is left out; several changes may be in one. */
  received(payload: Buffer): void {
    for (let at = payload.indexOf(needle); at >= 0; at = payload.indexOf(needle, at + 1))
      this.#arrived(numberAt(payload, at + needle.length));
  }

  #arrived(change: number): void {
    const sentAt = this.#sentAt.get(change);
    const left = (this.#left.get(change) ?? 0) - 1;
    if (sentAt === undefined || left < 0) return;
    this.lastAtMs = performance.now();
    this.latenciesUs.push((this.lastAtMs - sentAt) * 1000);
    this.count += 1;
    this.#left.set(change, left);
    if (left > 0) return;
    this.whole += 1;
    this.onWhole();
  }
}

function numberAt(payload: Buffer, start: number): number {
  let number = 0;
  for (let at = start; at < start + digits; at++)
    number = number * 10 + (payload[at] ?? digitZero) - digitZero;
  return number;
}
