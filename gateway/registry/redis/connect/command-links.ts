import type { Script } from '../scripts.ts';
import type { StoreClock } from '../store-clock.ts';

/** The connections that carry a node's commands, whatever Redis looks like: one to the primary, or one to each master. */
export interface CommandLinks {
  /** Connects and goes on trying for ever. */
  open(): void;
  close(): void;
  /** Whether every server that is known to hold data can be used. */
  readonly isUp: boolean;
  /** What the last attempt to connect failed of. */
  readonly lastError: string;
  /** Calls that wait for an answer. */
  readonly inFlight: number;
  /** Whether a command for this key, sent now, has a chance. */
  isAnswering(key: string): boolean;
  /** With which word the server of this key refused a write lately; empty when it takes them. */
  refusal(key: string): string;
  /** The clock of the server that holds this key. */
  clockOf(key: string): StoreClock;
  /** The id that the server of this key now gives to the history of its data; empty where it says none. */
  heard(key: string, history: string): void;
  /** Runs a script: KEYS first, then ARGV. Rejects with StoreFault, at the latest after the time-out. */
  run(script: Script, words: string[]): Promise<unknown>;
  /** Any command whose first word is a key, in the same terms. */
  ask(name: string, words: readonly string[]): Promise<unknown>;
}
