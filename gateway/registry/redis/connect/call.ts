import { Command } from 'ioredis';

const replies = { replyEncoding: 'utf8' } as const;

/** The first words of a command, in RESP but for the line break behind the last of them. */
export interface Opening {
  readonly text: string;
  readonly count: number;
}

/** Made once where many calls begin with the same words. */
export function openingOf(...words: readonly string[]): Opening {
  const text = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}`).join('\r\n');
  return { text, count: words.length };
}

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
  readonly #opening: Opening;
  readonly #words: string[];

  /** `words` come behind those of the opening, which begins with `name`; `limitMs` counts from the moment it is written. */
  constructor(name: string, opening: Opening, words: string[], limitMs: number) {
    super(name, [], replies);
    // What errors and the debug output of the library show.
    this.args = words;
    this.#opening = opening;
    this.#words = words;
    this.limitMs = limitMs;
  }

  /** The command in RESP: an array of bulk strings. */
  override toWritable(): string {
    const { text: opening, count } = this.#opening;
    const head = `*${count + this.#words.length}\r\n${opening}`;
    let text = head;
    for (const word of this.#words) text += (breaks[word.length] ?? breakBefore(word)) + word;
    text += '\r\n';
    // Every character was one byte, as nearly always; else each word is measured by itself.
    if (Buffer.byteLength(text) === text.length) return text;
    return `${head}${this.#words.map((word) => breakBefore(word) + word).join('')}\r\n`;
  }
}

/** What stands between a word and one of this many bytes: the end of the one, the length of the other. */
const breaks: readonly string[] = Array.from({ length: 512 }, (_, bytes) => `\r\n$${bytes}\r\n`);

function breakBefore(word: string): string {
  return `\r\n$${Buffer.byteLength(word)}\r\n`;
}
