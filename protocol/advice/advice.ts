/** Who can cause a code. The application runs on the SDK; the back end makes its tickets; the operator runs the gateway. */
export type Party =
  | 'application'
  | 'user'
  | 'back end'
  | 'operator'
  | 'network'
  | 'device'
  | 'gateway';

/**
 * What people need to know of a code beside its table entry, for docs/errors.md: nothing that runs imports it. Sentences
 * in Markdown; in backticks stand calls, flags, metrics and keys of the configuration.
 */
export interface Advice {
  /** The likeliest first. */
  readonly causedBy: readonly [Party, ...Party[]];
  /** What the application's developer does. */
  readonly developer: string;
  /** What the operator does, where that is anything. */
  readonly operator?: string;
  /** What the SDK does by itself. */
  readonly sdk: string;
}
