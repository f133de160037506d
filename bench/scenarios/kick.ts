import type { Scenario } from './scenario.ts';

const patienceMs = 5000;

/** Everybody is logged in; then each user logs in on another device of the same platform at another node, which ends the first session. */
export const kick: Scenario = {
  name: 'kick',
  summary: 'Users log in on a second device at another node; how long until the first is told.',
  timings: ['kick', 'login', 'answer'],
  numbers: ['kicks', 'kicksLost'],
  needsOwn: false,
  hasOperations: true,
  leastNodes: 2,
  addOptions: () => undefined,
  perform: async (run) => {
    const logins = run.operations + run.settings.warmUp;
    // A user is a device of each crew.
    const users = `b-kick-${run.settings.seed.toString(36)}`;
    await run.prepare('first', logins, { users });
    await run.prepare('second', logins, { users });
    await run.logIn('first', logins);
    await run.logInAtRate('second', logins, { shift: 1, victims: 'first' });
    const { recorder, clients } = run;
    // Every login of the measurement has its kick, or that is lost.
    await clients.until(() => recorder.count('kick') >= recorder.count('login'), patienceMs);
  },
  count: ({ recorder }) => ({
    kicks: recorder.count('kick'),
    kicksLost: Math.max(0, recorder.count('login') - recorder.count('kick')),
  }),
};
