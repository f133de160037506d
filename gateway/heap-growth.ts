import { setFlagsFromString } from 'node:v8';

/** By how much the old objects may grow, in percent of those that were alive, before V8 looks through all of them again. */
const growthPercent = 300;

/** Whether whoever started the process has set it. */
const isSet = /--heap[-_]growing[-_]percent/;

/**
 * Lets the heap grow to four times what is alive before the next full collection, unless the process was started with a growth of its
 * own. V8 chooses a much smaller growth for programs that make little lasting garbage, and goes through all
 * sessions each time some thousand have come: up to a tenth of the CPU of a storm of logins. Once the node is idle V8 collects anyway.
 */
export function letHeapGrow(startedWith: readonly string[]): void {
  if (startedWith.some((word) => isSet.test(word))) return;
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
