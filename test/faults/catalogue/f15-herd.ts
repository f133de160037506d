import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const clients = { full: 3000, short: 250 } as const;
/** More than the bench itself has under way when it logs all in. */
const pendingLimit = { full: 300, short: 50 } as const;

/**
 * F15: a node dies with all its clients, and all come back at once as the codes say: with back-off, to any node that runs.
 * The survivors take few clients at a time that owe a login, so most are turned away at first.
 */
export const herd: Fault = {
  id: 'F15',
  name: 'a node with many clients dies with kill -9, all come back at once',
  holds: 'all are in again within 10 s; refusals only say when to come back; nobody else notices',
  stage: {
    nodes: 3,
    flagsOf: {
      full: ['--sockets-max-pending', String(pendingLimit.full)],
      short: ['--sockets-max-pending', String(pendingLimit.short)],
    },
  },
  rounds: { full: 3, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!a.isRunning) await a.start();
    const herdOf = fleet.devices(`r${round}-herd`, clients[stage.form]);
    await fleet.logInAll(herdOf, a);
    const staying = fleet.devices(`r${round}-staying`, clients[stage.form] / 10);
    await fleet.logInAll(staying, b);
    for (const device of herdOf) device.obey(() => stage.random.oneOf([b, c]));
    const start = stage.log.length;
    const refusedBefore = await turnedAway(stage);
    stage.fault('node a dies');
    const sinceMs = performance.now();
    await a.kill();
    await stage.until(() => herdOf.every(({ isIn }) => isIn), 'the herd to be back');
    const tookMs = Math.round(performance.now() - sinceMs);
    stage.expect(tookMs < 10_000, 'I10', `the herd was back after ${tookMs} ms`);
    const { detail } = stage;
    detail['backMs'] = Math.max(detail['backMs'] ?? 0, tookMs);
    detail['turnedAway'] = (detail['turnedAway'] ?? 0) + (await turnedAway(stage)) - refusedBefore;
    const refused = stage.log.from(start).filter(({ kind }) => kind === 'refused').length;
    detail['refused'] = (detail['refused'] ?? 0) + refused;
  },
};

/** Handshakes that were refused because too many connections owe a login (rule CONN-5), on all nodes that run. */
async function turnedAway(stage: Stage): Promise<number> {
  const counts = await Promise.all(
    stage.nodes
      .filter(({ isRunning }) => isRunning)
      .map((node) => node.metric('gatehouse_connections_refused_total')),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
