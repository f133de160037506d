import { limits } from './limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value a frame may hold: no maps, no binary, no extension types, no floats. */
export type Value = null | boolean | number | string | readonly Value[];

/**
 * Reads MessagePack bytes of strangers (rule FRAME-6). Only nil, booleans, integers up to 2^53, text and
 * arrays exist for it; depth, count and length are bounded before anything is allocated. General decoders
 * are not for hostile bytes: they build regular expressions, sets and record readers on request.
 */
class StrictReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #itemsLeft = 0;
  /** Why the bytes are refused; empty while they are good. */
  problem = '';

  read(bytes: Uint8Array): Value {
    this.#bytes = bytes;
    this.#at = 0;
    this.#itemsLeft = limits.items;
    this.problem = '';
    const value = this.#value(1);
    if (this.problem === '' && this.#at !== bytes.length) {
      return this.#refuse('bytes follow the frame');
    }
    return value;
  }

  #refuse(problem: string): null {
    if (this.problem === '') this.problem = problem;
    return null;
  }

  #value(depth: number): Value {
    const head = this.#unsigned(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head >= 0xa0 && head <= 0xbf) return this.#text(head & 0x1f);
    if (head >= 0x90 && head <= 0x9f) return this.#array(head & 0x0f, depth);
    return this.#sized(head, depth);
  }

  #sized(head: number, depth: number): Value {
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xd9:
        return this.#text(this.#unsigned(1));
      case 0xda:
        return this.#text(this.#unsigned(2));
      case 0xdb:
        return this.#text(this.#unsigned(4));
      case 0xdc:
        return this.#array(this.#unsigned(2), depth);
      case 0xdd:
        return this.#array(this.#unsigned(4), depth);
      default:
        return this.#integer(head);
    }
  }

  #integer(head: number): Value {
    switch (head) {
      case 0xcc:
        return this.#unsigned(1);
      case 0xcd:
        return this.#unsigned(2);
      case 0xce:
        return this.#unsigned(4);
      case 0xcf:
        return this.#wide(this.#unsigned(4));
      case 0xd0:
        return (this.#unsigned(1) << 24) >> 24;
      case 0xd1:
        return (this.#unsigned(2) << 16) >> 16;
      case 0xd2:
        return this.#unsigned(4) | 0;
      case 0xd3:
        return this.#wide(this.#unsigned(4) | 0);
      default:
        return this.#refuse(
          `type byte 0x${head.toString(16).padStart(2, '0')} has no place in a frame`,
        );
    }
  }

  #wide(high: number): Value {
    const value = high * 0x1_0000_0000 + this.#unsigned(4);
    return Number.isSafeInteger(value) ? value : this.#refuse('an integer is beyond 2^53');
  }

  #unsigned(size: number): number {
    const end = this.#at + size;
    if (end > this.#bytes.length) {
      this.#refuse('the frame is cut off');
      this.#at = this.#bytes.length;
      return 0;
    }
    let value = 0;
    while (this.#at < end) value = value * 0x100 + (this.#bytes[this.#at++] as number);
    return value;
  }

  #text(length: number): Value {
    const start = this.#at;
    const end = start + length;
    if (end > this.#bytes.length) return this.#refuse('the frame is cut off');
    this.#at = end;
    try {
      return utf8.decode(this.#bytes.subarray(start, end));
    } catch {
      return this.#refuse('a text is not UTF-8');
    }
  }

  #array(length: number, depth: number): Value {
    if (depth > limits.depth) return this.#refuse(`arrays are nested deeper than ${limits.depth}`);
    // Every element takes a byte at least, so a declared length beyond the bytes allocates nothing.
    if (length > this.#bytes.length - this.#at) return this.#refuse('the frame is cut off');
    this.#itemsLeft -= length;
    if (this.#itemsLeft < 0) return this.#refuse(`the frame has more than ${limits.items} values`);
    const values: Value[] = [];
    for (let i = 0; i < length && this.problem === ''; i++) values.push(this.#value(depth + 1));
    return values;
  }
}

const reader = new StrictReader();

/**
 * Reads one MessagePack value that fills `bytes`.
 * @returns the value, or the reason why the bytes are refused. Never throws.
 */
export function readStrictly(bytes: Uint8Array): { value: Value } | { problem: string } {
  const value = reader.read(bytes);
  return reader.problem === '' ? { value } : { problem: reader.problem };
}
