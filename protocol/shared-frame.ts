import { encode, type Encoding } from './codec.ts';
import type { ServerFrame } from './frames.ts';

/** One frame for many connections: written once for each encoding in use, however many get it. */
export class SharedFrame {
  readonly frame: ServerFrame;
  #msgpack: Uint8Array | undefined;
  #json: string | undefined;

  constructor(frame: ServerFrame) {
    this.frame = frame;
  }

  /** The bytes or text to send; the same object each time, nobody may change it. */
  encoded(encoding: Encoding): Uint8Array | string {
    if (encoding === 'json') {
      this.#json ??= encode(this.frame, 'json') as string;
      return this.#json;
    }
    // A copy, because the encoder writes its next frame over this one.
    this.#msgpack ??= Uint8Array.from(encode(this.frame, 'msgpack') as Uint8Array);
    return this.#msgpack;
  }
}
