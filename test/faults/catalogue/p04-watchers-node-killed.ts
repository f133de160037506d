import { Audience, audienceFlags } from '../audience.ts';
import type { Fault } from '../fault.ts';

const users = { full: 200, short: 20 } as const;
const boundMs = 5000;

/**
 * P04: the node of the watchers dies with kill -9. They come back elsewhere and watch again; what happened to the
 * watched meanwhile they have to learn from the answers.
 */
export const watchersNodeKilled: Fault = {
  id: 'P04',
  name: 'the node of the watchers dies with kill -9',
  holds: 'back elsewhere they are right within 5 s, and were never told of an older state',
  stage: { nodes: 3, flags: audienceFlags },
  rounds: { full: 4, short: 1 },
  // Of the records of the watchers' dead node.
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!b.isRunning) await b.start();
    const count = users[stage.form];
    const staying = fleet.devices(`r${round}-staying`, count);
    const leaving = fleet.devices(`r${round}-leaving`, count);
    const coming = fleet.devices(`r${round}-coming`, count);
    await fleet.logInAll([...staying, ...leaving], a);
    const audience = new Audience(stage);
    const watchers = await audience.seat(`r${round}-b`, b);
    for (const device of watchers) device.obey(() => c);
    audience.keep(staying);
    audience.expect(leaving, 'offline');
    audience.expect(coming, 'online');
    await audience.watch();

    stage.fault('node b dies');
    const before = watchers.map(({ attempt }) => attempt);
    await b.kill();
    for (const device of leaving) device.logOut();
    await fleet.logInAll(coming, a);
    await stage.until(
      () => watchers.every(({ isIn, attempt }, n) => isIn && attempt !== before[n]),
      'the watchers to be back',
    );
    await audience.watch();
    await audience.judge(boundMs);
  },
};
