import type { Scenario } from './scenario.ts';

/** A storm: users log in at a rate and stay. */
export const loginStorm: Scenario = {
  name: 'login',
  summary: 'Users log in at a rate and stay.',
  timings: ['login', 'answer'],
  numbers: ['loginsPerSecond', 'connections'],
  ignores: ['connections', 'concurrency', 'rounds', 'floor', 'profile', 'webhooks'],
  needsOwn: false,
  hasOperations: true,
  leastNodes: 1,
  addOptions: () => undefined,
  perform: async (run) => {
    const logins = run.operations + run.settings.warmUp;
    await run.prepare('users', logins);
    await run.logInAtRate('users', logins);
  },
  count: ({ recorder, clients }) => ({
    loginsPerSecond: recorder.perSecond('login'),
    connections: clients.tally.online,
  }),
};
