/** What the SDK uses of a page; all of it is missing in Node. */
interface PageLike {
  addEventListener?(name: string, listener: () => void): void;
  removeEventListener?(name: string, listener: () => void): void;
}

interface Globals extends PageLike {
  readonly document?: PageLike & { readonly visibilityState: string };
}

const globals = globalThis as unknown as Globals;

/**
 * Calls `wake` whenever the network may be back or the page is looked at again: there is no point in waiting then, and a
 * link that died in the meantime should be found at once.
 * @returns a function that stops listening; both do nothing outside browsers
 */
export function onWake(wake: () => void): () => void {
  const { document } = globals;
  if (document === undefined) return () => undefined;
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') wake();
  };
  const listeners: readonly [PageLike, string, () => void][] = [
    [globals, 'online', wake],
    // Also when the page comes out of the back-forward cache, where its sockets were closed.
    [globals, 'pageshow', wake],
    [document, 'resume', wake],
    [document, 'visibilitychange', whenVisible],
  ];
  for (const [target, name, listener] of listeners) target.addEventListener?.(name, listener);
  return () => {
    for (const [target, name, listener] of listeners) target.removeEventListener?.(name, listener);
  };
}
