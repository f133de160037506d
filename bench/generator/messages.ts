import type { DialogueName } from './dialogue.ts';
import type { BenchApp } from './frames.ts';
import type { LoadPlan, LoadResult } from './load.ts';

/** Two sets of users: those of the warm-up and those that are measured. */
export type UserSet = 'warmUp' | 'measured';

/** From the bench to a generator process. */
export type GeneratorRequest =
  /** Make the login messages of the users of a set; they are kept. */
  | {
      readonly ask: 'prepare';
      readonly set: UserSet;
      readonly dialogue: DialogueName;
      readonly app: BenchApp;
      readonly userIds: readonly string[];
    }
  /** Log a set in. */
  | {
      readonly ask: 'run';
      readonly set: UserSet;
      readonly dialogue: DialogueName;
      readonly plan: LoadPlan;
    }
  /** End what is still open. */
  | { readonly ask: 'drop' };

/** From a generator process to the bench. */
export type GeneratorAnswer =
  | { readonly answer: 'prepared' }
  | { readonly answer: 'progress'; readonly finished: number }
  | { readonly answer: 'done'; readonly result: LoadResult }
  | { readonly answer: 'dropped'; readonly lost: number };
