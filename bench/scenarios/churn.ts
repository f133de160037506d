import { countedOption } from '../counted-option.ts';
import type { Scenario } from './scenario.ts';

/** Users come and go: connect, log in, stay a while, log out. */
export const churn: Scenario = {
  name: 'churn',
  summary: 'Users connect, log in, stay a while and log out, at a rate.',
  timings: ['login', 'answer', 'logout'],
  numbers: ['connections'],
  needsOwn: false,
  hasOperations: true,
  leastNodes: 1,
  addOptions: (command) => {
    command.addOption(countedOption('--stay <MS>', 'How long each stays.', 1000));
  },
  perform: async (run) => {
    const logins = run.operations + run.settings.warmUp;
    await run.prepare('users', logins);
    await run.logInAtRate('users', logins, { stayMs: run.settings.stay });
    await run.clients.until(() => run.clients.tally.online === 0, run.settings.stay + 5000);
  },
  count: ({ clients }) => ({ connections: clients.tally.online }),
};
