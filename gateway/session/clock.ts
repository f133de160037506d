/** Where the time comes from; tests hand in their own. */
export interface Clock {
  /** Milliseconds that never jump, for waits. */
  monotonicMs(): number;
  /** Unix milliseconds, for the ends of tickets; may be stepped by the operating system. */
  wallMs(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
