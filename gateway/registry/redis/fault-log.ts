import type { RegistryLogger } from '../logger.ts';

const quietMs = 5000;

interface Silence {
  endsAt: number;
  suppressed: number;
}

/** Logs faults of the store: of each kind one line in 5 s, with the number of those left out in between. */
export class FaultLog {
  readonly #logger: RegistryLogger;
  readonly #silences = new Map<string, Silence>();

  constructor(logger: RegistryLogger) {
    this.#logger = logger;
  }

  /** Something that happens once or seldom. */
  info(facts: object, message: string): void {
    this.#logger.info(facts, message);
  }

  /** A fault that passes by itself. */
  warn(message: string, facts: object = {}): void {
    const suppressed = this.#pass(message);
    if (suppressed >= 0) this.#logger.warn({ ...facts, suppressed }, message);
  }

  /** A fault that somebody has to look at. */
  error(message: string, facts: object = {}): void {
    const suppressed = this.#pass(message);
    if (suppressed >= 0) this.#logger.error({ ...facts, suppressed }, message);
  }

  /** How many lines of this kind were left out since the last one; -1 when this one is to be left out too. */
  #pass(kind: string): number {
    const now = performance.now();
    const silence = this.#silences.get(kind);
    if (silence !== undefined && now < silence.endsAt) {
      silence.suppressed += 1;
      return -1;
    }
    this.#silences.set(kind, { endsAt: now + quietMs, suppressed: 0 });
    return silence?.suppressed ?? 0;
  }
}
