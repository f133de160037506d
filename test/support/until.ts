import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `check` gives true and no error; tries every 25 ms. Rejects with `what` and the last error when that
 * takes more than 20 s. For programs as well as for tests.
 */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 20_000;
  let last: unknown;
  for (;;) {
    try {
      if (await check()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endsAt) throw new Error(`waited in vain for ${what}`, { cause: last });
    await delay(25);
  }
}
