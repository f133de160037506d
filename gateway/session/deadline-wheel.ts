/** What waits in a wheel: its links live in the object itself, so that waiting allocates nothing. */
export abstract class Deadline {
  /** Neighbours in the slot; null while not waiting. Only the wheel touches these three. */
  previous: Deadline | null = null;
  next: Deadline | null = null;
  /** Monotonic milliseconds. */
  dueAtMs = 0;

  /**
   * The time has come. May arm itself again; must not throw; must look at its own state, because another
   * deadline of the same tick may have ended it.
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

/**
 * One hashed timing wheel for every wait of every session: login deadline, ticket warning, ticket end and
 * grace. A timer of Node costs some 370 bytes and half a microsecond more per ticket, each with a duration of
 * its own. Waits beyond one lap (about 7 minutes) stay in their slot and are looked at once a lap.
 */
export class DeadlineWheel {
  readonly #slots: Slot[] = Array.from({ length: slotCount }, () => new Slot());
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
    const slot = this.#slots[tick % slotCount] as Slot;
    deadline.previous = slot.previous;
    deadline.next = slot;
    (slot.previous as Deadline).next = deadline;
    slot.previous = deadline;
  }

  /** Waits no longer; harmless when it did not wait. */
  disarm(deadline: Deadline): void {
    if (deadline.next === null || deadline.previous === null) return;
    deadline.previous.next = deadline.next;
    deadline.next.previous = deadline.previous;
    deadline.previous = null;
    deadline.next = null;
  }

  /** Calls everything that is due at `nowMs`, also what was missed while the process stood still. */
  advance(nowMs: number): void {
    const nowTick = Math.floor(nowMs / tickMs);
    // After a pause longer than a lap each slot still needs only one visit.
    const firstTick = Math.max(this.#doneTick + 1, nowTick - slotCount + 1);
    for (let tick = firstTick; tick <= nowTick; tick++) {
      this.#doneTick = tick;
      this.#empty(this.#slots[tick % slotCount] as Slot, nowMs);
    }
  }

  #empty(slot: Slot, nowMs: number): void {
    if (slot.next === slot) return;
    const due: Deadline[] = [];
    for (const deadline of this.#take(slot)) {
      if (deadline.dueAtMs > nowMs) this.arm(deadline, deadline.dueAtMs);
      else due.push(deadline);
    }
    for (const deadline of due) {
      // An earlier one of this round may have armed it again.
      if (deadline.next === null) deadline.onDeadline();
    }
  }

  /** Unlinks the whole slot first: a deadline that arms itself into it while it is emptied must wait a lap. */
  #take(slot: Slot): Deadline[] {
    const waiting: Deadline[] = [];
    while (slot.next !== slot && slot.next !== null) {
      waiting.push(slot.next);
      this.disarm(slot.next);
    }
    return waiting;
  }
}

/** How often `advance` should be called. */
export const wheelTickMs = tickMs;
