const utf8Reader = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Writer = new TextEncoder();

/** A value a frame may hold (rule FRAME-6). */
export type Value = null | boolean | number | string | readonly Value[];

/** The frame nests no deeper; a limit only so that bad bytes cannot exhaust the stack. */
const deepest = 8;

/** Writes a value as MessagePack in its shortest form. Integers lie within 0 and 2^53 - 1: requests have no others. */
export function pack(value: Value): Uint8Array {
  const out: number[] = [];
  write(value, out);
  return Uint8Array.from(out);
}

function write(value: Value, out: number[]): void {
  if (value === null) out.push(0xc0);
  else if (typeof value === 'boolean') out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === 'number') writeInteger(value, out);
  else if (typeof value === 'string') writeText(value, out);
  else {
    if (value.length < 16) out.push(0x90 | value.length);
    else writeHead(0xdc, value.length, 2, out);
    for (const item of value) write(item, out);
  }
}

function writeInteger(value: number, out: number[]): void {
  if (value < 0x80) out.push(value);
  else if (value < 0x100) writeHead(0xcc, value, 1, out);
  else if (value < 0x1_0000) writeHead(0xcd, value, 2, out);
  else if (value < 0x1_0000_0000) writeHead(0xce, value, 4, out);
  else writeHead(0xd3, value, 8, out);
}

function writeText(value: string, out: number[]): void {
  const bytes = utf8Writer.encode(value);
  if (bytes.length < 32) out.push(0xa0 | bytes.length);
  else if (bytes.length < 0x100) writeHead(0xd9, bytes.length, 1, out);
  else writeHead(0xda, bytes.length, 2, out);
  // One by one: a spread of a long text would overflow the stack of some engines.
  for (const byte of bytes) out.push(byte);
}

function writeHead(head: number, value: number, size: number, out: number[]): void {
  out.push(head);
  for (let i = size - 1; i >= 0; i--) out.push(Math.floor(value / 256 ** i) & 0xff);
}

/** Reads the one MessagePack value that fills `bytes`. Throws on anything a frame has no place for (rule FRAME-6). */
export function unpack(bytes: Uint8Array): Value {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new TypeError('bytes follow the frame');
  return value;
}

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): Value {
    const head = this.#unsigned(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head >= 0xa0 && head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0x90 && head < 0xa0) return this.#array(head & 0x0f, depth);
    if (head >= 0xd9 && head <= 0xdb) return this.#text(this.#unsigned(1 << (head - 0xd9)));
    if (head >= 0xdc && head <= 0xdd) return this.#array(this.#unsigned(2 << (head - 0xdc)), depth);
    return this.#scalar(head);
  }

  #scalar(head: number): Value {
    if (head === 0xc0) return null;
    if (head === 0xc2 || head === 0xc3) return head === 0xc3;
    if (head >= 0xcc && head <= 0xce) return this.#unsigned(1 << (head - 0xcc));
    if (head >= 0xd0 && head <= 0xd2) {
      const size = 1 << (head - 0xd0);
      const value = this.#unsigned(size);
      return value < 2 ** (size * 8 - 1) ? value : value - 2 ** (size * 8);
    }
    if (head === 0xcf || head === 0xd3) {
      const high = this.#unsigned(4);
      return (head === 0xd3 ? high | 0 : high) * 2 ** 32 + this.#unsigned(4);
    }
    throw new TypeError(`type byte ${head} has no place in a frame`);
  }

  /** DataView throws a RangeError where the bytes end too early. */
  #unsigned(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #text(length: number): string {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('the frame is cut off');
    return utf8Reader.decode(this.#bytes.subarray(start, this.#at));
  }

  #array(length: number, depth: number): Value {
    // An element takes a byte at least, so what a head promises beyond the bytes allocates nothing.
    if (depth > deepest || length > this.#bytes.length - this.#at) {
      throw new RangeError('the frame is cut off or too deep');
    }
    return Array.from({ length }, () => this.value(depth + 1));
  }
}
