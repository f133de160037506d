/**
 * What happens now, on standard error: one line that is rewritten on a terminal, a line for each new stage
 * elsewhere. Never on standard output, which is for results.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  #stage = '';

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  /** `stage` is what is being done, `detail` how far it is. */
  show(stage: string, detail = ''): void {
    if (this.#out.isTTY) {
      const line = detail === '' ? stage : `${stage}: ${detail}`;
      this.#out.write(`\r\u001B[K${line.slice(0, this.#out.columns - 1)}`);
    } else if (stage !== this.#stage) this.#out.write(`${stage}\n`);
    this.#stage = stage;
  }

  /** Leaves the terminal to whatever is written next. */
  clear(): void {
    if (this.#out.isTTY && this.#stage !== '') this.#out.write('\r\u001B[K');
    this.#stage = '';
  }
}
