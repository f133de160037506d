/** How a silent link is told from a dead one. */
export interface PulseSettings {
  /** After so much silence the gateway is asked for a sign of life. */
  readonly pingAfterMs: number;
  /** Without one within so much time the link is dead. */
  readonly pongWithinMs: number;
}

/** A timer that comes so much too late was throttled, or the machine slept: its silence proves nothing. */
const latenessMs = 1000;
/** Longest wait for an answer while somebody looks at the page. */
const hastyMs = 5000;

/**
 * Finds links that have died without a sign. Scripts do not see WebSocket pings, so it sends frames of its own, only
 * when nothing else is heard.
 */
export class Pulse {
  readonly #settings: PulseSettings;
  readonly #ping: () => void;
  readonly #died: () => void;
  #heardAtMs = performance.now();
  #askedAtMs: number | undefined;
  #dueAtMs = 0;
  #lateChecks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: PulseSettings, ping: () => void, died: () => void) {
    this.#settings = settings;
    this.#ping = ping;
    this.#died = died;
    this.#arm(settings.pingAfterMs);
  }

  /** Something has arrived. Costs nothing more than the note. */
  heard(): void {
    this.#heardAtMs = performance.now();
    this.#askedAtMs = undefined;
  }

  /** Asks now, and waits less: the network has changed, or the page is looked at again, and somebody is waiting. */
  check(): void {
    if (this.#askedAtMs === undefined) this.#ask(Math.min(this.#settings.pongWithinMs, hastyMs));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ask(withinMs = this.#settings.pongWithinMs): void {
    this.#askedAtMs = performance.now();
    this.#ping();
    this.#arm(withinMs);
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = performance.now() + ms;
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const now = performance.now();
    if (this.#askedAtMs === undefined) {
      this.#lateChecks = 0;
      const leftMs = this.#heardAtMs + this.#settings.pingAfterMs - now;
      if (leftMs > 0) this.#arm(leftMs);
      else this.#ask();
    } else if (now - this.#dueAtMs > latenessMs && this.#lateChecks++ === 0) {
      // What arrived meanwhile may still stand in line behind this timer: one more wait decides.
      this.#ask();
    } else this.#died();
  }
}
