import type { MeasuredProcess } from '../measure/measured-process.ts';
import type { Deliveries } from './deliveries.ts';

/** One side of the comparison, with all its sockets: changes go in, frames come out at the watchers. */
export interface Scene {
  /** The process that tells the watchers; what it takes is what is measured. */
  readonly teller: MeasuredProcess;
  /** From here on frames of changes are counted there. */
  countIn(deliveries: Deliveries): void;
  /** Makes the change with this number. */
  change(change: number): void;
  /** Changes that were refused, and connections that ended by themselves. */
  readonly failures: number;
  stop(): Promise<void>;
}
