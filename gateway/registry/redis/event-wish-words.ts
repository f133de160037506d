import { eventLetters, type EventWishes } from '../events.ts';
import type { Keys } from './keys.ts';

/**
 * What the scripts are told of the events that somebody wants, and who hears which partitions may have new ones. With no
 * wishes nothing is written, and a call carries one empty word.
 */
export class EventWishWords {
  readonly #keys: Keys;
  readonly #letters = new Map<number, string>();
  /** " app=letters app=letters ", or empty. */
  readonly allWishes: string;
  /** Hears of partitions that a call has written to, and of the word "all". */
  onWritten: (partition: number | 'all') => void = () => undefined;

  constructor(keys: Keys, wishes: EventWishes) {
    this.#keys = keys;
    for (const [sdkAppId, kinds] of wishes) {
      const letters = kinds.map((kind) => eventLetters[kind]).join('');
      if (letters !== '') this.#letters.set(sdkAppId, letters);
    }
    const words = [...this.#letters].map(([sdkAppId, letters]) => `${sdkAppId}=${letters}`);
    this.allWishes = words.length === 0 ? '' : ` ${words.join(' ')} `;
  }

  /** Whether any app wants any. */
  get isOn(): boolean {
    return this.allWishes !== '';
  }

  /** The apps that want some. */
  get apps(): readonly number[] {
    return [...this.#letters.keys()];
  }

  /** The letters that an app wants; empty when it wants none. */
  letters(sdkAppId: number): string {
    return this.#letters.get(sdkAppId) ?? '';
  }

  /** The stream of an app in a partition; empty when it wants no events. */
  stream(partition: number, sdkAppId: number): string {
    return this.#letters.has(sdkAppId) ? this.#keys.events(partition, sdkAppId) : '';
  }

  /** A call may have written events to a partition. */
  wrote(partition: number): void {
    if (this.isOn) this.onWritten(partition);
  }

  /** Another node may have written events that it could not tell of any more. */
  wroteAnywhere(): void {
    if (this.isOn) this.onWritten('all');
  }
}
