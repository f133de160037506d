/**
 * What a bench makes a node's process do beside the gateway, as flags for Node. Text, not files: Node loads it as it is,
 * whether the bench runs from the sources or from the build.
 */
export const hooks = {
  /** Collects garbage at SIGUSR2, so that the heap can be compared with what it was. */
  collecting: ['--expose-gc', ...preload(`process.on('SIGUSR2', () => gc());`)],
  /** The wall clock is wrong by so much from the start; at SIGWINCH it steps by `stepMs`. Date.now is all the gateway reads. */
  clockOff: (byMs: number, stepMs: number): readonly string[] =>
    preload(`
      const { now } = Date;
      let offMs = ${byMs};
      Date.now = () => now() + offMs;
      process.on('SIGWINCH', () => (offMs += ${stepMs}));
    `),
  /** From SIGWINCH on it keeps a megabyte more in every turn of the loop, until the heap of so many MB is full. */
  hoarding: (heapMb: number): readonly string[] => [
    `--max-old-space-size=${heapMb}`,
    ...preload(`
      const hoard = [];
      const keep = () => { hoard.push(Array.from({ length: 131072 }, (_, n) => n)); setImmediate(keep); };
      process.on('SIGWINCH', keep);
    `),
  ],
} as const;

function preload(text: string): readonly string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(text)}`];
}
