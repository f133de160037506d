import { countedOption, positiveOption, wholeOption } from '../counted-option.ts';
import { readMachineLimits } from '../measure/machine-limits.ts';
import { defaultGenerators } from './default-generators.ts';
import { MemoryFloor, MemoryFloorError } from './memory-floor.ts';
import { countMillion, millionNumbers } from './million-numbers.ts';
import { scaleOf } from './million-scale.ts';
import { millionDefaults as defaults, sizesOf } from './million-sizes.ts';
import { millionSteps, stopEarly } from './million-steps.ts';
import type { Scenario } from './scenario.ts';

/** As many sessions as the machine holds: what each takes of gateways, Redis and kernel, and whether all works among them. */
export const million: Scenario = {
  name: 'million',
  summary:
    'Users with two devices each, over as many gateways as it takes: memory, CPU at rest, kicks and presence among them.',
  timings: ['login', 'answer', 'kick', 'presence'],
  numbers: millionNumbers,
  needsOwn: true,
  hasOperations: false,
  leastNodes: 2,
  isScaled: true,
  addOptions: (command) => {
    command
      .addOption(countedOption('--connections <N>', 'Devices that log in and stay.', 100_000))
      .addOption(countedOption('--concurrency <N>', 'Most logins under way at a time.', 100))
      .addOption(countedOption('--duration <S>', 'Seconds of rest.', 20))
      .addOption(
        countedOption(
          '--sample <N>',
          'Users that are kicked, and that are watched while they come and go.',
          defaults.sample,
        ),
      )
      .addOption(positiveOption('--rate <N>', 'Logins a second of these users.', defaults.rate))
      .addOption(countedOption('--watchers <N>', 'Users that watch.', defaults.watchers))
      .addOption(
        wholeOption(
          '--keep-free <MIB>',
          'Memory of the machine to leave; with less available the run ends and says so.',
          defaults.keepFree,
        ),
      );
  },
  settle: (settings) => {
    const { connections, sources } = settings;
    // Nobody need say them.
    const { nodes, generators }: Partial<typeof settings> = settings;
    const { sample, watchers } = sizesOf(settings);
    const usualGenerators = defaultGenerators();
    const sockets = connections + 2 * sample + watchers;
    const scale = scaleOf(
      { sockets, sources, nodes, generators, usualGenerators },
      readMachineLimits(),
    );
    return typeof scale === 'string'
      ? scale
      : { ...settings, rate: settings.rate ?? defaults.rate, ramp: 0, warmUp: 0, ...scale };
  },
  perform: async (run) => {
    const floor = new MemoryFloor((run.settings.keepFree ?? defaults.keepFree) * 2 ** 20);
    try {
      for (const step of millionSteps) await floor.guard(step(run));
    } catch (error) {
      if (!(error instanceof MemoryFloorError)) throw error;
      await stopEarly(run);
    } finally {
      floor.close();
      run.notes['leastFreeBytes'] = floor.leastBytes;
    }
    await run.watch.end();
  },
  count: countMillion,
};
