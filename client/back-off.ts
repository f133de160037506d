/** Bounds of the waits between tries. */
export interface BackOffSettings {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The wait before the `attempt`th try in a row (from 1): random over its whole range, which doubles with each try, so
 * that clients that lost their node together do not come back together (rule CLOSE-1).
 */
export function backOffMs(attempt: number, { firstMs, longestMs }: BackOffSettings): number {
  return Math.random() * Math.min(longestMs, firstMs * 2 ** (attempt - 1));
}

/** Waits; ends early when `wake` is called or the signal aborted. */
export class Pause {
  #end: (() => void) | undefined;

  /** Fulfilled after `ms`, at the end of the pause by `wake`, or when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#end = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#end = end;
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  /** Ends the wait there is. */
  wake(): void {
    this.#end?.();
  }
}
