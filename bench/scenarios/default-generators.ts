import os from 'node:os';

/** Load generator processes where nobody says how many. One core is for the server; what it leaves over is Redis's. */
export function defaultGenerators(): number {
  return Math.max(1, os.availableParallelism() - 1);
}
