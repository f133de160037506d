import { Command } from 'ioredis';

/** One command on its way, linked to those sent before and after it. */
export class Call extends Command {
  /** Of performance.now(); Infinity until it has been written. */
  sentAt = Infinity;
  readonly limitMs: number;
  older: Call | undefined = undefined;
  newer: Call | undefined = undefined;

  /** `args` as the wire wants them; `limitMs` counts from the moment it is written. */
  constructor(name: string, args: (string | number)[], limitMs: number) {
    super(name, args, { replyEncoding: 'utf8' });
    this.limitMs = limitMs;
  }
}

/** Rejection of a call that was not answered in time. It may have taken effect, or may still. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout';
}

/**
 * The calls of one connection that wait for an answer, and their time-outs: one timer for all. Time-outs of the client
 * library fire before the event loop reads the answers that came while it stood still; here an
 * overdue call is given up only after one more look at the socket.
 */
export class InFlight {
  readonly #tickMs: number;
  readonly #timedOut: () => void;
  #oldest: Call | undefined;
  #newest: Call | undefined;
  #isTicking = false;
  size = 0;

  /** `timedOut` hears that some calls were given up. A call outlives its limit by a tenth of `limitMs` at most. */
  constructor(limitMs: number, timedOut: () => void) {
    this.#tickMs = Math.max(5, limitMs / 10);
    this.#timedOut = timedOut;
  }

  add(call: Call): void {
    call.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = call;
    else this.#newest.newer = call;
    this.#newest = call;
    this.size += 1;
    if (!this.#isTicking) this.#arm();
  }

  remove(call: Call): void {
    const { older, newer } = call;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    call.older = undefined;
    call.newer = undefined;
    this.size -= 1;
  }

  /** All that were added since the last time have been written now. */
  written(): void {
    const now = performance.now();
    for (let call = this.#newest; call !== undefined && call.sentAt === Infinity; call = call.older)
      call.sentAt = now;
  }

  #arm(): void {
    this.#isTicking = true;
    setTimeout(this.#tick, this.#tickMs);
  }

  readonly #tick = (): void => {
    this.#isTicking = false;
    if (this.size > 0) this.#arm();
    const now = performance.now();
    let call = this.#oldest;
    while (call !== undefined && now - call.sentAt <= call.limitMs) call = call.newer;
    // Between a timer and the next setImmediate the event loop reads what lies in the sockets.
    if (call !== undefined) setImmediate(() => this.#giveUp(now));
  };

  #giveUp(now: number): void {
    let hasSome = false;
    for (let call = this.#oldest; call !== undefined; call = call.newer) {
      if (call.isResolved || now - call.sentAt <= call.limitMs) continue;
      call.reject(new CallTimeout('Redis did not answer in time'));
      hasSome = true;
    }
    if (hasSome) this.#timedOut();
  }
}
