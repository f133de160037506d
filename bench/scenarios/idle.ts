import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../load/clock.ts';
import type { ScenarioRun } from './scenario-run.ts';
import type { Scenario } from './scenario.ts';

const warmUpCrew = 'warm-up';

/** Everybody logs in and does nothing: what that takes. */
export const idle: Scenario = {
  name: 'idle',
  summary: 'Users log in and do nothing: memory of each after garbage collection, CPU at rest.',
  timings: ['login'],
  numbers: [
    'rssBytesPerConnection',
    'heapBytesPerConnection',
    'idleCores',
    'redisIdleCores',
    'redisCommandsPerSecond',
    'connections',
  ],
  needsOwn: true,
  hasOperations: false,
  leastNodes: 1,
  addOptions: () => undefined,
  perform: async (run) => {
    const { connections, warmUp, duration } = run.settings;
    // So that compiled code and the sizes of buffers are not taken for the price of a connection.
    if (warmUp > 0) {
      await run.prepare(warmUpCrew, warmUp);
      await run.logIn(warmUpCrew, warmUp);
      await run.clients.drop();
    }
    await run.prepare('users', connections);
    const before = await memory(run);
    run.recorder.begin(monotonicMs());
    await run.logIn('users', connections, { isTimed: true });
    const after = await memory(run);
    run.notes['rssBytes'] = after.rssBytes - before.rssBytes;
    run.notes['heapBytes'] = after.heapBytes - before.heapBytes;
    run.show('idles', `${run.clients.tally.online} online`);
    await run.watch.begin(run.recorder.beganAtMs);
    await delay(duration * 1000);
    await run.watch.end();
  },
  count: ({ clients, notes, watch, settings }) => {
    const { online } = clients.tally;
    const each = (bytes: number | undefined): number | null =>
      bytes === undefined || online === 0 ? null : bytes / online;
    // As if one operation had been made: the sums of the whole time at rest.
    const sums = watch.perOperation(1);
    const seconds = settings.duration;
    const cores = (us: number | null | undefined): number | null =>
      us === null || us === undefined ? null : us / (seconds * 1e6);
    return {
      rssBytesPerConnection: each(notes['rssBytes']),
      heapBytesPerConnection: each(notes['heapBytes']),
      idleCores: cores(sums.cpuUsPerOperation),
      redisIdleCores: cores(sums.redisCpuUsPerOperation),
      redisCommandsPerSecond:
        typeof sums.redisCommandsPerOperation === 'number'
          ? sums.redisCommandsPerOperation / seconds
          : null,
      connections: online,
    };
  },
};

/** Of all gateways, after their garbage was collected. */
async function memory(run: ScenarioRun): Promise<{ rssBytes: number; heapBytes: number }> {
  run.show('collects garbage');
  let [rssBytes, heapBytes] = [0, 0];
  for (const node of run.site.nodes) {
    const reading = await node.memory();
    rssBytes += reading.rssBytes;
    heapBytes += reading.heapUsedBytes + reading.externalBytes;
  }
  return { rssBytes, heapBytes };
}
