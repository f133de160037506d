import { Option } from 'commander';
import { limits } from '../../protocol/limits.ts';
import { pushQuota } from '../../gateway/admin/push-quota.ts';
import { countedOption } from '../counted-option.ts';
import { leastPushBytes } from '../load/push-body.ts';
import type { ScenarioRun } from './scenario-run.ts';
import type { Scenario } from './scenario.ts';

const patienceMs = 5000;
/** Pushes a second, where nothing is said; those to everybody may not be closer than a second, and time is not kept to the ms. */
const usualRate = { user: 200, all: 0.5 } as const;
const mostRateToAll = 0.8;
const usualWarmUp = { user: 200, all: 2 } as const;

/** A back end pushes to users who are logged in. */
export const push: Scenario = {
  name: 'push',
  summary: 'A back end pushes, by /v1, to users on all nodes; how long until the frame is there.',
  timings: ['push', 'accepted'],
  operation: 'accepted',
  numbers: ['pushes', 'deliveries', 'pushesLost', 'pushesDoubled', 'cpuUsPerDelivery'],
  needsOwn: false,
  needsAdmin: true,
  hasOperations: true,
  leastNodes: 2,
  addOptions: (command) => {
    command
      .addOption(countedOption('--connections <N>', 'Users that are logged in.', 1000))
      .addOption(
        new Option(
          '--to <WHOM>',
          `user: to one user after the other; all: to everybody, ${pushQuota.perDay} pushes at most.`,
        )
          .choices(['user', 'all'])
          .default('user'),
      )
      .addOption(countedOption('--bytes <N>', 'Length of the body of a push.', 300));
  },
  settle: (settings) => {
    const { to = 'user', bytes = 0, rate = usualRate[to] } = settings;
    const warmUp = settings.warmUp ?? usualWarmUp[to];
    if (bytes < leastPushBytes || bytes > limits.pushBodyBytes)
      return `--bytes must be from ${leastPushBytes} to ${limits.pushBodyBytes}`;
    if (to === 'user') return { ...settings, rate, warmUp };
    if (rate > mostRateToAll)
      return `--rate may be ${mostRateToAll} with --to all: an app may push to everybody once a second`;
    if (rate * settings.duration + warmUp > pushQuota.perDay)
      return `an app may push to everybody ${pushQuota.perDay} times a day: choose a shorter --duration`;
    return { ...settings, rate, warmUp };
  },
  perform: async (run) => {
    const { connections, warmUp } = run.settings;
    await run.prepare('users', connections);
    await run.logIn('users', connections);
    await run.pushAtRate('users', run.operations + warmUp, () => lost(run) === 0, patienceMs);
  },
  count: (run) => {
    const { recorder, clients, watch } = run;
    const deliveries = recorder.count('push');
    return {
      pushes: recorder.count('accepted'),
      deliveries,
      pushesLost: lost(run),
      pushesDoubled: clients.tally.doubled,
      cpuUsPerDelivery: watch.perOperation(deliveries).cpuUsPerOperation ?? null,
    };
  },
};

/** Frames that should have come by now: each push that was taken goes to one user, or to everybody. */
function lost({ recorder, clients, settings }: ScenarioRun): number {
  const each = settings.to === 'all' ? clients.tally.online : 1;
  return Math.max(0, recorder.count('accepted') * each - recorder.count('push'));
}
