import type { Fault } from '../fault.ts';

const users = { full: 500, short: 60 } as const;

/**
 * F06: a node of three dies with kill -9, some logins half-way. A part of its users log in elsewhere at once, a part
 * never come back: their sessions are the survivors' to sweep.
 */
export const nodeKilled: Fault = {
  id: 'F06',
  name: 'a node dies with kill -9',
  holds:
    'its sessions leave the registry within 10 s, its users get in elsewhere at once, nobody else notices',
  stage: { nodes: 3 },
  rounds: { full: 4, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!a.isRunning) await a.start();
    const count = users[stage.form];
    const moving = fleet.devices(`r${round}-moving`, count);
    const gone = fleet.devices(`r${round}-gone`, count);
    const staying = fleet.devices(`r${round}-staying`, count);
    await fleet.logInAll([...moving, ...gone], a);
    await fleet.logInAll(staying, b);
    const halfWay = fleet.devices(`r${round}-half-way`, 20).map((device) => device.logIn(a));
    stage.fault('node a dies');
    await a.kill();
    await Promise.all(halfWay);

    const elsewhere = moving.map((device, n) =>
      n % 2 === 0 ? device : fleet.device(device.userId, { platform: 'android' }),
    );
    const outcomes = await fleet.logInAll(elsewhere, c);
    const areIn = outcomes.every(({ kind }) => kind === 'in');
    stage.expect(areIn, 'I10', 'a user of the dead node was not let in elsewhere at once');
  },
};
