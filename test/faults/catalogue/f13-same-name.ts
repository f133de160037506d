import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const users = { full: 40, short: 10 } as const;
const restarts = { full: 20, short: 2 } as const;

/** One of the two nodes called a dies and starts again at once: its users come back, or never. */
async function restart(stage: Stage, what: string): Promise<void> {
  const { fleet, random } = stage;
  const [, b, twin] = [stage.node(0), stage.node(1), stage.node(2)];
  const count = users[stage.form];
  const back = fleet.devices(`${what}-back`, count);
  const gone = fleet.devices(`${what}-gone`, count);
  await fleet.logInAll([...back, ...gone], twin);
  await twin.kill();
  await twin.start();
  const elsewhere = back.splice(0, random.between(0, count));
  const outcomes = [...(await fleet.logInAll(back, twin)), ...(await fleet.logInAll(elsewhere, b))];
  const areIn = outcomes.every(({ kind }) => kind === 'in');
  stage.expect(areIn, 'I10', 'a user was not let in again at once');
}

/** F13: two nodes have the same name, and one of them dies and comes back within its lease, again and again. */
export const sameName: Fault = {
  id: 'F13',
  name: 'two nodes have one name; one is killed and started again within its lease, many times',
  holds:
    'records of dead incarnations go within 10 s, those of the namesake and of the new one never do',
  stage: { nodes: 3, each: (name) => (name === 'c' ? { flags: ['--node-name', 'a'] } : {}) },
  rounds: { full: 5, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    const staying = fleet.devices(`r${round}-staying`, users[stage.form]);
    await fleet.logInAll(staying, stage.node(0));
    stage.fault('node c, which is called a as well, is killed and started, again and again');
    for (let n = 0; n < restarts[stage.form]; n += 1) await restart(stage, `r${round}-${n}`);
    const ids = new Set(stage.nodes.map(({ process }) => process.ready['nodeId']));
    stage.expect(ids.size === stage.nodes.length, 'I4', 'two nodes have the same nodeId');
  },
};
