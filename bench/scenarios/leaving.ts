import { countedOption } from '../counted-option.ts';
import { monotonicMs } from '../load/clock.ts';
import type { MeasuredProcess } from '../measure/measured-process.ts';
import type { ScenarioRun } from './scenario-run.ts';
import type { Scenario } from './scenario.ts';

const patienceMs = 60_000;
/** A node that was told to end has the clients' time to take leave. */
const cutCloses = /^(end of connection|E[A-Z]+)$/;

/** A node dies: everybody on it finds another. */
export const reconnect: Scenario = {
  name: 'reconnect',
  summary: 'A node is killed (kill -9); how long until its clients are back at the others.',
  timings: ['back'],
  numbers: ['affected', 'back', 'back99Ms', 'connections'],
  needsOwn: true,
  hasOperations: false,
  leastNodes: 2,
  addOptions: (command) => {
    command.addOption(
      countedOption('--spread <MS>', 'Clients come back after a random part of so long.', 1000),
    );
  },
  perform: (run) => leaveAndReturn(run, (node) => node.kill()),
  count: countReturns,
};

/** A node is asked to leave (SIGTERM): it tells everybody when to come back. */
export const drain: Scenario = {
  name: 'drain',
  summary: 'A node drains (SIGTERM); who is told, and how long until they are back at the others.',
  timings: ['back', 'told'],
  numbers: ['affected', 'back', 'back99Ms', 'untold', 'connections'],
  needsOwn: true,
  hasOperations: false,
  leastNodes: 2,
  addOptions: reconnect.addOptions,
  perform: (run) =>
    leaveAndReturn(run, async (node) => {
      node.drain();
    }),
  count: (run) => ({
    ...countReturns(run),
    untold: Object.entries(run.clients.tally.closings)
      .filter(([how]) => cutCloses.test(how))
      .reduce((sum, [, count]) => sum + count, 0),
  }),
};

async function leaveAndReturn(
  run: ScenarioRun,
  end: (node: MeasuredProcess) => Promise<void>,
): Promise<void> {
  const { settings, site, clients, recorder } = run;
  const { connections, spread } = settings;
  await run.prepare('users', connections);
  await run.logIn('users', connections, { comeBackWithinMs: spread });
  const [node] = site.nodes;
  if (node === undefined) throw new Error('there is no node to leave');
  // Member i is at node i modulo their number, and this is the first of them.
  run.notes['affected'] = Math.ceil(connections / site.nodes.length);
  const startMs = monotonicMs();
  await run.watch.begin(startMs);
  await clients.mark(recorder.beganAtMs);
  await end(node);
  run.show('waits for the return');
  const isBack = (): boolean => recorder.count('back') >= (run.notes['affected'] ?? 0);
  await clients.until(isBack, patienceMs);
  await run.watch.end();
}

function countReturns({ recorder, clients, notes }: ScenarioRun): ReturnType<Scenario['count']> {
  const affected = notes['affected'] ?? 0;
  return {
    affected,
    back: recorder.count('back'),
    back99Ms: recorder.reachedMs('back', Math.ceil(affected * 0.99)),
    connections: clients.tally.online,
  };
}
