import type { Script } from '../scripts.ts';
import type { StoreClock } from '../store-clock.ts';
import type { ConnectionSettings } from './address.ts';
import { clientOptions, commandOptions } from './client-options.ts';
import type { CommandLinks } from './command-links.ts';
import { Link, type LinkParts } from './link.ts';

/** One connection for everything: a server alone, or whichever the Sentinels call the primary. */
export class SingleLink implements CommandLinks {
  readonly #link: Link;

  constructor(settings: ConnectionSettings, parts: LinkParts) {
    this.#link = new Link({ ...clientOptions(settings), ...commandOptions }, parts);
  }

  open(): void {
    this.#link.open();
  }

  close(): void {
    this.#link.close();
  }

  get isUp(): boolean {
    return this.#link.isAnswering;
  }

  get lastError(): string {
    return this.#link.lastError;
  }

  get inFlight(): number {
    return this.#link.inFlight;
  }

  isAnswering(): boolean {
    return this.#link.isAnswering;
  }

  refusal(): string {
    return this.#link.refusal;
  }

  clockOf(): StoreClock {
    return this.#link.clock;
  }

  heard(_key: string, history: string): void {
    this.#link.heard(history);
  }

  run(script: Script, words: string[]): Promise<unknown> {
    return this.#link.run(script, words);
  }

  ask(name: string, words: readonly string[]): Promise<unknown> {
    return this.#link.ask(name, words);
  }
}
