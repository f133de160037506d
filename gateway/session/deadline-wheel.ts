/** What waits in a wheel: its links live in the object itself, so that waiting allocates nothing. */
export abstract class Deadline {
  /** Neighbours in the slot; null while not waiting. Only the wheel touches these three. */
  previous: Deadline | null = null;
  next: Deadline | null = null;
  /** Monotonic milliseconds. */
  dueAtMs = 0;

  /**
   * The time has come. May arm itself again; must not throw; must look at its own state, because another
   * deadline of the same tick, or a frame before it, may have ended it.
   */
  abstract onDeadline(): void;
}

class Slot extends Deadline {
  constructor() {
    super();
    this.previous = this;
    this.next = this;
  }
  override onDeadline(): void {}
}

const slotCount = 4096;
const tickMs = 100;
/** A storm of deadlines shares the event loop: so many, some milliseconds of sending, and then sockets have their turn. */
const mostAtOnce = 256;

/**
 * One hashed timing wheel for every wait of every session: login deadline, ticket warning, ticket end and
 * grace. A timer of Node costs some 370 bytes and half a microsecond more per ticket, each with a duration of
 * its own. Waits beyond one lap (about 7 minutes) stay in their slot and are looked at once a lap.
 */
export class DeadlineWheel {
  readonly #slots: Slot[] = Array.from({ length: slotCount }, () => new Slot());
  /** What is due and has not been called yet. */
  readonly #due = new Slot();
  /** The last tick whose slot has been emptied. */
  #doneTick: number;

  /** @param nowMs monotonic milliseconds */
  constructor(nowMs: number) {
    this.#doneTick = Math.floor(nowMs / tickMs);
  }

  /** Waits until `dueAtMs`; a deadline that waits already moves. What is due already comes with the next tick. */
  arm(deadline: Deadline, dueAtMs: number): void {
    this.disarm(deadline);
    deadline.dueAtMs = dueAtMs;
    const tick = Math.max(Math.ceil(dueAtMs / tickMs), this.#doneTick + 1);
    link(deadline, this.#slots[tick % slotCount] as Slot);
  }

  /** Waits no longer; harmless when it did not wait. */
  disarm(deadline: Deadline): void {
    if (deadline.next === null || deadline.previous === null) return;
    deadline.previous.next = deadline.next;
    deadline.next.previous = deadline.previous;
    deadline.previous = null;
    deadline.next = null;
  }

  /**
   * Calls what is due at `nowMs`, also what was missed while the process stood still, the first ones now.
   * @returns whether more are due, for which `goOn` is to be called in another turn of the event loop
   */
  advance(nowMs: number): boolean {
    const nowTick = Math.floor(nowMs / tickMs);
    // After a pause longer than a lap each slot still needs only one visit.
    const firstTick = Math.max(this.#doneTick + 1, nowTick - slotCount + 1);
    for (let tick = firstTick; tick <= nowTick; tick++) {
      this.#doneTick = tick;
      this.#empty(this.#slots[tick % slotCount] as Slot, nowMs);
    }
    return this.goOn();
  }

  /** Calls some more of what was due when the wheel last advanced. Whether that leaves any. */
  goOn(): boolean {
    for (let called = 0; called < mostAtOnce; called++) {
      const deadline = this.#due.next as Deadline;
      if (deadline === this.#due) return false;
      this.disarm(deadline);
      deadline.onDeadline();
    }
    return this.#due.next !== this.#due;
  }

  /** What is due is put behind what is due already, where it can still be moved or disarmed like any other. */
  #empty(slot: Slot, nowMs: number): void {
    // Taken out first: one for a later lap goes into the very same slot again.
    for (const deadline of this.#take(slot)) {
      if (deadline.dueAtMs > nowMs) this.arm(deadline, deadline.dueAtMs);
      else link(deadline, this.#due);
    }
  }

  #take(slot: Slot): Deadline[] {
    const waiting: Deadline[] = [];
    while (slot.next !== slot && slot.next !== null) {
      waiting.push(slot.next);
      this.disarm(slot.next);
    }
    return waiting;
  }
}

/** Puts a deadline at the end of a slot. */
function link(deadline: Deadline, slot: Slot): void {
  deadline.previous = slot.previous;
  deadline.next = slot;
  (slot.previous as Deadline).next = deadline;
  slot.previous = deadline;
}

/** How often `advance` should be called. */
export const wheelTickMs = tickMs;
