import type { Socket } from 'node:net';

/** How bytes of one direction travel. What is left out is as on a good network. */
export interface Condition {
  /** Nothing goes through; what comes is kept and goes on when the condition is lifted. */
  readonly isStalled?: boolean;
  /** Nothing goes through and nothing is kept: the link is lost for good, and neither end is told. */
  readonly isBlackhole?: boolean;
  /** How long each piece is under way; asked anew for each, never changes their order. */
  readonly delayMs?: () => number;
  /** The bytes come one small piece after the other. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** After so many bytes the link breaks off. */
  readonly cutAfterBytes?: number;
}

/** How a side ended: it said so (FIN), or it was cut off (RST). */
export type Ending = 'fin' | 'reset';

/** Ends travel like data: behind it, as late, and not at all where nothing goes through. */
interface Piece {
  readonly what: Buffer | Ending;
  readonly dueAtMs: number;
}

/** Bytes kept here beyond which the sender feels the stall, as it would on a real network. */
const mostKeptBytes = 262_144;

/** One direction of a link: takes what one socket reads and writes it to the other, under a condition. */
export class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #cut: () => void;
  #condition: Condition = {};
  #queue: Piece[] = [];
  #keptBytes = 0;
  #passedBytes = 0;
  #isLost = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, cut: () => void) {
    this.#from = from;
    this.#to = to;
    this.#cut = cut;
  }

  /** Whether what comes is swallowed, whatever condition is imposed. */
  get isLost(): boolean {
    return this.#isLost;
  }

  impose(condition: Condition): void {
    this.#condition = condition;
    if (condition.isBlackhole === true) this.#lose();
    this.#flush();
  }

  take(what: Buffer | Ending): void {
    if (this.#isLost) return;
    const { delayMs } = this.#condition;
    const dueAtMs = delayMs === undefined ? 0 : performance.now() + delayMs();
    this.#queue.push({ what, dueAtMs });
    this.#keptBytes += sizeOf(what);
    this.#flush();
  }

  close(): void {
    this.#isLost = true;
    this.#queue = [];
    clearTimeout(this.#timer);
  }

  #lose(): void {
    this.#isLost = true;
    this.#queue = [];
    this.#keptBytes = 0;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    for (let piece = this.#queue[0]; piece !== undefined; piece = this.#queue[0]) {
      if (this.#condition.isStalled === true) break;
      const waitMs = piece.dueAtMs - performance.now();
      if (waitMs > 0) {
        this.#again(waitMs);
        break;
      }
      this.#queue.shift();
      this.#keptBytes -= sizeOf(piece.what);
      if (!this.#pass(piece.what)) break;
    }
    if (this.#keptBytes > mostKeptBytes) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  /** Hands a piece on, or as much as may go now; false when the rest has to wait. */
  #pass(what: Buffer | Ending): boolean {
    if (!this.#to.writable) return true;
    if (what === 'fin') this.#to.end();
    else if (what === 'reset') this.#to.resetAndDestroy();
    else return this.#write(what);
    return true;
  }

  #write(data: Buffer): boolean {
    const { drip, cutAfterBytes = Infinity } = this.#condition;
    const left = cutAfterBytes - this.#passedBytes;
    const piece = data.subarray(0, Math.max(0, Math.min(drip?.bytes ?? Infinity, left)));
    this.#passedBytes += piece.length;
    if (this.#passedBytes >= cutAfterBytes) {
      this.#lose();
      this.#to.write(piece, this.#cut);
      return false;
    }
    this.#to.write(piece);
    if (drip === undefined) return true;
    const rest = data.subarray(piece.length);
    if (rest.length > 0) {
      this.#queue.unshift({ what: rest, dueAtMs: 0 });
      this.#keptBytes += rest.length;
    }
    this.#again(drip.everyMs);
    return false;
  }

  #again(ms: number): void {
    this.#timer = setTimeout(() => this.#flush(), ms);
  }
}

function sizeOf(what: Buffer | Ending): number {
  return typeof what === 'string' ? 0 : what.length;
}
