interface Pause {
  readonly owner: object;
  readonly finish: () => void;
}

/** Waits between attempts, which may be cut short. */
export class Pauses {
  readonly #all = new Set<Pause>();

  /** Waits; less when somebody cuts it short. */
  wait(owner: object, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#all.delete(pause);
        resolve();
      };
      const pause = { owner, finish };
      const timer = setTimeout(finish, ms);
      timer.unref();
      this.#all.add(pause);
    });
  }

  /** Ends the waits of one owner. */
  endOf(owner: object): void {
    for (const pause of this.#all) if (pause.owner === owner) pause.finish();
  }

  endAll(): void {
    for (const pause of this.#all) pause.finish();
  }
}
