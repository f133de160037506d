const firstMs = 1000;
const longestMs = 300_000;

/** How long to wait after the given number of failures, from 1 on, in ms: twice as long each time, to 5 minutes, half of it by chance. */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return wholeMs * (0.5 + random() / 2);
}
