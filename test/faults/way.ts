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

interface Piece {
  readonly data: Buffer;
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

  impose(condition: Condition): void {
    this.#condition = condition;
    if (condition.isBlackhole === true) this.#lose();
    this.#flush();
  }

  take(data: Buffer): void {
    if (this.#isLost) return;
    const { delayMs } = this.#condition;
    const dueAtMs = delayMs === undefined ? 0 : performance.now() + delayMs();
    this.#queue.push({ data, dueAtMs });
    this.#keptBytes += data.length;
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
      this.#keptBytes -= piece.data.length;
      if (!this.#pass(piece.data)) break;
    }
    if (this.#keptBytes > mostKeptBytes) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  /** Writes a piece, or as much as may go now; false when the rest has to wait. */
  #pass(data: Buffer): boolean {
    const { drip, cutAfterBytes = Infinity } = this.#condition;
    const mayPass = Math.min(
      data.length,
      drip?.bytes ?? Infinity,
      cutAfterBytes - this.#passedBytes,
    );
    if (mayPass > 0) this.#to.write(data.subarray(0, mayPass));
    this.#passedBytes += Math.max(0, mayPass);
    if (this.#passedBytes >= cutAfterBytes) {
      this.#cut();
      return false;
    }
    if (drip === undefined) return true;
    const rest = data.subarray(mayPass);
    if (rest.length > 0) {
      this.#queue.unshift({ data: rest, dueAtMs: 0 });
      this.#keptBytes += rest.length;
    }
    this.#again(drip.everyMs);
    return false;
  }

  #again(ms: number): void {
    this.#timer = setTimeout(() => this.#flush(), ms);
  }
}
