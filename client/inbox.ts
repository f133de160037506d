import type { Frame } from '../protocol/frames.ts';
import { messageFrom, type MessageReceived } from './messages.ts';

/** Pushes that are recognised when they come again, as one to everybody may (rule PUSH-5). */
const remembered = 64;

/** What a session has been sent, as far as coming back needs to know. */
export class Inbox {
  /** Behind which push a client that comes back has missed something (rule PUSH-6); 0: nothing is kept for it. */
  after = 0;
  readonly #seen = new Set<number>();

  /** The push as an application knows it; nothing where it has come before. */
  take(userID: string, push: Frame<'push'>): MessageReceived | undefined {
    const { number, toEverybody } = push;
    if (this.#seen.has(number)) return undefined;
    this.#seen.add(number);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= remembered) break;
      this.#seen.delete(oldest);
    }
    if (!toEverybody && this.after > 0) this.after = Math.max(this.after, number);
    return messageFrom(userID, push);
  }
}
