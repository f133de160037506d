import type { Form, Stage, StageSettings } from './stage.ts';

/** A fault of the catalogue: a story of harm, told in rounds. What must hold afterwards is the checker's part. */
export interface Fault {
  /** As in the catalogue: F01 to F28, P01 to P04 for presence, R01 for revocation, with a suffix for a variant (`F05-silent`). */
  readonly id: string;
  /** What happens, in a few words. */
  readonly name: string;
  /** What must hold, in a few words, for the table of the documents. */
  readonly holds: string;
  readonly stage?: StageSettings;
  readonly rounds: Readonly<Record<Form, number>>;
  /** How long after the harm the registry may be wrong, with default settings. */
  readonly boundMs: number;
  /** Established sockets may break: the harm is between clients and nodes. */
  readonly breaksSockets?: boolean;
  /** Redis loses its data, and kick marks with it. */
  readonly forgetsKicks?: boolean;
  /** A login is answered, one way or the other, within so long. */
  readonly answersWithinMs?: number;
  /** How much later than it was sent a login may happen, because the harm holds back what clients or nodes say. */
  readonly delayedMs?: number;
  /** What nodes may say as an error, because somebody has to look at it. */
  readonly alarms?: readonly string[];
  /**
   * One round. Its users must be new ones (put `round` in their names). It ends when the harm is over or all its
   * consequences are due; the bench then waits for rest, checks, and sends the clients home.
   */
  readonly tell: (stage: Stage, round: number) => Promise<void>;
}
