import { Command } from 'ioredis';

const replies = { replyEncoding: 'utf8' } as const;

/**
 * One command on its way, linked to the one sent after it. The client library checks, flattens and measures
 * every argument of a command by itself, which takes longer than all else it does for a call: here they are words already, and
 * the whole command is measured once.
 */
export class Call extends Command {
  /** Of performance.now(); Infinity until it has been written. */
  sentAt = Infinity;
  readonly limitMs: number;
  newer: Call | undefined = undefined;
  readonly #words: readonly string[];

  /** `words` as the wire wants them; `limitMs` counts from the moment it is written. */
  constructor(name: string, words: string[], limitMs: number) {
    super(name, [], replies);
    // What errors and the debug output of the library show.
    this.args = words;
    this.#words = words;
    this.limitMs = limitMs;
  }

  /** The command in RESP: an array of bulk strings. */
  override toWritable(): string {
    const text = inWords(this.name, this.#words, lengthOf);
    // Every character was one byte, as nearly always; else each word is measured by itself.
    if (Buffer.byteLength(text) === text.length) return text;
    return inWords(this.name, this.#words, bytesOf);
  }
}

function inWords(
  name: string,
  words: readonly string[],
  measure: (word: string) => number,
): string {
  let text = `*${words.length + 1}\r\n$${name.length}\r\n${name}\r\n`;
  for (const word of words) text += `$${measure(word)}\r\n${word}\r\n`;
  return text;
}

function bytesOf(word: string): number {
  return Buffer.byteLength(word);
}

function lengthOf(word: string): number {
  return word.length;
}
