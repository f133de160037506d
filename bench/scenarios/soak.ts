import { countedOption } from '../counted-option.ts';
import type { Second } from '../report/report.ts';
import type { Scenario } from './scenario.ts';

/** Members take turns: a long run needs no more of them than this. */
const mostMembers = 20_000;
/** A ticket outlives the run by so much. */
const spareS = 3600;
const secondsPerMinute = 60;

/** Many stay and others come and go, for long: does memory grow? */
export const soak: Scenario = {
  name: 'soak',
  summary:
    'Users stay while others come and go, for long: latency over time, and how memory grows.',
  timings: ['login', 'answer', 'logout'],
  numbers: ['rssGrowthBytesPerMinute', 'connections'],
  needsOwn: true,
  hasOperations: true,
  leastNodes: 1,
  addOptions: (command) => {
    command
      .addOption(countedOption('--connections <N>', 'Users that stay.', 1000))
      .addOption(countedOption('--stay <MS>', 'How long each of the others stays.', 1000));
  },
  perform: async (run) => {
    const { connections, warmUp, stay, duration } = run.settings;
    const ticketEndsAt = Math.floor(Date.now() / 1000) + duration + spareS;
    await run.prepare('stay', connections, { ticketEndsAt });
    await run.logIn('stay', connections);
    const logins = run.operations + warmUp;
    await run.prepare('come', Math.min(logins, mostMembers), { ticketEndsAt });
    await run.logInAtRate('come', logins, { stayMs: stay });
    const { clients } = run;
    await clients.until(() => clients.tally.online <= connections, stay + 5000);
  },
  count: ({ recorder, clients }) => ({
    rssGrowthBytesPerMinute: growthPerMinute(recorder.seconds),
    connections: clients.tally.online,
  }),
};

/**
 * The slope of memory over the second half of a run, by least squares: the first half fills the heap. Bytes a minute; null of
 * fewer than three readings.
 */
export function growthPerMinute(seconds: readonly Second[]): number | null {
  const points = seconds
    .slice(seconds.length >> 1)
    .flatMap(({ atS, rssBytes }) => (rssBytes === null ? [] : [[atS, rssBytes] as const]));
  if (points.length < 3) return null;
  const mean = (index: 0 | 1): number =>
    points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [meanS, meanBytes] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [atS, bytes] of points) {
    above += (atS - meanS) * (bytes - meanBytes);
    below += (atS - meanS) ** 2;
  }
  return (above / below) * secondsPerMinute;
}
