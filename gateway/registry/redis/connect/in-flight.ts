import type { Call } from './call.ts';

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
  /** The first that was added since the last write. */
  #unwritten: Call | undefined;
  #isTicking = false;
  #count = 0;

  /** `timedOut` hears that some calls were given up. A call outlives its limit by a tenth of `limitMs` at most. */
  constructor(limitMs: number, timedOut: () => void) {
    this.#tickMs = Math.max(5, limitMs / 10);
    this.#timedOut = timedOut;
  }

  /** Calls that wait for an answer; some answered ones behind the oldest of them count with them. */
  get size(): number {
    this.#forget();
    return this.#count;
  }

  add(call: Call): void {
    if (this.#newest === undefined) this.#oldest = call;
    else this.#newest.newer = call;
    this.#newest = call;
    this.#unwritten ??= call;
    this.#count += 1;
    if (!this.#isTicking) this.#arm();
  }

  /** All that were added since the last time have been written now. */
  written(): void {
    const now = performance.now();
    for (let call = this.#unwritten; call !== undefined; call = call.newer) call.sentAt = now;
    this.#unwritten = undefined;
    this.#forget();
  }

  /** Redis answers in the order of the calls, so those that are over stand in front: nobody has to take each one out. */
  #forget(): void {
    let call = this.#oldest;
    while (call !== undefined && call.isSettled) {
      // One that found no connection was never written.
      if (call === this.#unwritten) this.#unwritten = call.newer;
      const { newer }: Call = call;
      // One that the collector has not taken yet must not keep all that came after it.
      call.newer = undefined;
      call = newer;
      this.#count -= 1;
    }
    this.#oldest = call;
    if (call === undefined) this.#newest = undefined;
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
    while (call !== undefined && (call.isSettled || now - call.sentAt <= call.limitMs))
      call = call.newer;
    // Between a timer and the next setImmediate the event loop reads what lies in the sockets.
    if (call !== undefined) setImmediate(() => this.#giveUp(now));
  };

  #giveUp(now: number): void {
    let hasSome = false;
    for (let call = this.#oldest; call !== undefined; call = call.newer) {
      if (call.isSettled || now - call.sentAt <= call.limitMs) continue;
      call.reject(new CallTimeout('Redis did not answer in time'));
      hasSome = true;
    }
    if (hasSome) this.#timedOut();
  }
}
