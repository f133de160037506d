import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import { hooks } from '../hooks.ts';
import type { Stage } from '../stage.ts';

const users = { full: 100, short: 30 } as const;
const offS: Readonly<Record<string, number>> = { a: 0, b: 120, c: -120 };
const stepMs = 3_600_000;

/** Each user goes from node to node, in an order by chance; the newest login must win each time. */
async function wander(stage: Stage, what: string): Promise<void> {
  const { fleet, random } = stage;
  const walks = Array.from({ length: users[stage.form] }, (_, n) => ({
    userId: `${what}-${n}`,
    nodes: random.shuffled([...stage.nodes, ...stage.nodes]),
  }));
  await Promise.all(
    walks.map(async ({ userId, nodes }) => {
      let last: Device | undefined;
      for (const node of nodes) {
        last = fleet.device(userId, { platform: random.oneOf(['ios', 'android', 'web'] as const) });
        await last.logIn(node);
      }
      stage.expect(last?.isIn === true, 'I3', `the newest login of ${userId} did not win`);
    }),
  );
}

/** A fault that does not happen proves nothing: the nodes' own answers say how wrong their clocks are. */
async function seeClocks(stage: Stage, what: string, aheadS: Readonly<Record<string, number>>) {
  for (const node of stage.nodes) {
    const device = stage.fleet.device(`${what}-${node.name}`);
    await device.logIn(node);
    const isS = (device.attempt?.serverTime ?? 0) - Date.now() / 1000;
    const isAsTold = Math.abs(isS - (aheadS[node.name] ?? 0)) < 5;
    stage.expect(isAsTold, 'I3', `the clock of node ${node.name} is ${Math.round(isS)} s ahead`);
  }
}

/** F09: the wall clocks of the nodes are 120 s ahead and behind, and one is stepped by an hour while users log in. */
export const clocksApart: Fault = {
  id: 'F09',
  name: 'clocks of nodes are 2 minutes ahead and behind, one is stepped by an hour',
  holds: 'the newest login wins, whatever its node takes for the time; nobody is taken for dead',
  stage: {
    nodes: 3,
    sparesNodes: true,
    // Tickets are made by the right clock; the node behind sees them dated in the future.
    flags: ['--ticket-clock-tolerance-s', '600', '--evictions-burst', '0'],
    each: (name) => ({ nodeFlags: hooks.clockOff((offS[name] ?? 0) * 1000, stepMs) }),
  },
  rounds: { full: 8, short: 1 },
  boundMs: 1000,
  async tell(stage, round) {
    const ahead = stage.node(1);
    const steppedS = (round * stepMs) / 1000;
    const now = { ...offS, b: (offS['b'] ?? 0) + steppedS };
    stage.fault('the clocks are apart');
    await seeClocks(stage, `r${round}-before`, now);
    await wander(stage, `r${round}-apart`);
    const wandering = wander(stage, `r${round}-stepped`);
    stage.fault('the clock of node b is stepped by an hour');
    ahead.process.signal('SIGWINCH');
    await wandering;
    await seeClocks(stage, `r${round}-after`, { ...now, b: now.b + stepMs / 1000 });
  },
};
