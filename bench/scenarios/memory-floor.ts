import { readMachineMemory } from '../measure/machine-memory.ts';

const lookMs = 200;

/** The machine had too little memory left. */
export class MemoryFloorError extends Error {}

/** Watches that the machine keeps some memory, so that the kernel never has to end a program. */
export class MemoryFloor {
  readonly #floorBytes: number;
  readonly #breached: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  #leastBytes = Infinity;

  constructor(floorBytes: number) {
    this.#floorBytes = floorBytes;
    let breach: () => void = () => undefined;
    this.#breached = new Promise((_, reject) => {
      breach = () => reject(new MemoryFloorError());
    });
    // It may come while nobody waits.
    this.#breached.catch(() => undefined);
    this.#timer = setInterval(() => {
      if (this.#look() < this.#floorBytes) breach();
    }, lookMs);
  }

  /** The least that was available so far. */
  get leastBytes(): number {
    return this.#leastBytes;
  }

  /** As the work does, but rejects with a MemoryFloorError as soon as there is too little left. */
  async guard<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#breached]);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): number {
    const { availableBytes } = readMachineMemory();
    this.#leastBytes = Math.min(this.#leastBytes, availableBytes);
    return availableBytes;
  }
}
