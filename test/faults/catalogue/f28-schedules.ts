import { hooks } from '../hooks.ts';
import { schedules } from '../schedule-arbitrary.ts';
import type { ScheduleFault } from '../schedule-fault.ts';

const nodes = 3;
/** By how much a clock is put forward. */
const clockStepMs = 600_000;

/** F28: what fast-check thinks of, and makes smaller when it breaks a promise. */
export const generatedSchedules: ScheduleFault = {
  id: 'F28',
  name: 'schedules that fast-check makes of logins, logouts, revocations and harm of every kind',
  holds: 'everything: I1 to I4, I6 to I8 and I10, behind each schedule',
  stage: {
    nodes,
    hasDoorProxies: true,
    // The lease of the short forms in the long one too: more schedules in a minute.
    flags: '--redis-lease-s 3 --redis-command-timeout-ms 750 --evictions-burst 0'.split(' '),
    each: () => ({ nodeFlags: hooks.clockOff(0, clockStepMs) }),
  },
  schedules: {
    full: schedules({
      nodes,
      groups: 3,
      fewestSteps: 6,
      mostSteps: 20,
      gapsMs: [0, 30, 200, 600],
      holdsMs: [200, 800, 2000, 4000],
    }),
    short: schedules({
      nodes,
      groups: 2,
      fewestSteps: 4,
      mostSteps: 10,
      gapsMs: [0, 30, 200],
      holdsMs: [200, 800],
    }),
  },
  rounds: { full: 30, short: 1 },
  boundMs: 10_000,
};
