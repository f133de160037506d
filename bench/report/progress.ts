const lineEveryMs = 5000;

/**
 * What happens now, on standard error: one line that is rewritten on a terminal; elsewhere a line for each new stage and, while it
 * lasts, one every 5 s. Never on standard output, which is for results.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #isQuiet: boolean;
  #stage = '';
  #lineAtMs = 0;

  /** A quiet one says nothing. */
  constructor(isQuiet = false, out: NodeJS.WriteStream = process.stderr) {
    this.#isQuiet = isQuiet;
    this.#out = out;
  }

  /** `stage` is what is being done, `detail` how far it is. */
  show(stage: string, detail = ''): void {
    if (this.#isQuiet) return;
    const line = detail === '' ? stage : `${stage}: ${detail}`;
    if (this.#out.isTTY) this.#out.write(`\r\u001B[K${line.slice(0, this.#out.columns - 1)}`);
    else if (stage !== this.#stage || performance.now() - this.#lineAtMs > lineEveryMs) {
      this.#lineAtMs = performance.now();
      this.#out.write(`${line}\n`);
    }
    this.#stage = stage;
  }

  /** Leaves the terminal to whatever is written next. */
  clear(): void {
    if (this.#out.isTTY && this.#stage !== '') this.#out.write('\r\u001B[K');
    this.#stage = '';
  }
}
