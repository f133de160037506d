import { countedOption } from '../counted-option.ts';
import { monotonicMs } from '../load/clock.ts';
import type { Scenario } from './scenario.ts';

/** Logins a second that even a busy machine makes, to choose an end that comes after the last of them; and some time besides. */
const slowLoginsPerS = 250;
const spareS = 4;
const patienceMs = 10_000;

/** Everybody's ticket ends in the same second. */
export const expiry: Scenario = {
  name: 'expiry',
  summary: 'Many tickets end in one second; how late each client is told.',
  timings: ['expiry'],
  numbers: ['expired', 'expiryMissing', 'connections'],
  needsOwn: false,
  hasOperations: true,
  leastNodes: 1,
  addOptions: (command) => {
    command.addOption(
      countedOption(
        '--ends-in <S>',
        'When the tickets end; everybody must be in by then. (default: by 250 logins a second)',
        undefined,
      ),
    );
  },
  perform: async (run) => {
    const { connections } = run.settings;
    const { endsIn = connections / slowLoginsPerS + spareS } = run.settings;
    const endsAt = Math.ceil(Date.now() / 1000 + endsIn);
    await run.prepare('users', connections, { ticketEndsAt: endsAt });
    await run.logIn('users', connections);
    run.notes['online'] = run.clients.tally.online;
    const leftMs = endsAt * 1000 - Date.now();
    if (leftMs < 0)
      throw new Error('the tickets ended before all were in: give them longer with --ends-in');
    run.show('waits for the end of the tickets', `${run.clients.tally.online} online`);
    await run.watch.begin(monotonicMs());
    const isTold = (): boolean => run.recorder.count('expiry') >= (run.notes['online'] ?? 0);
    await run.clients.until(isTold, leftMs + patienceMs);
    await run.watch.end();
  },
  count: ({ recorder, clients, notes }) => ({
    expired: recorder.count('expiry'),
    expiryMissing: Math.max(0, (notes['online'] ?? 0) - recorder.count('expiry')),
    connections: clients.tally.online,
  }),
};
