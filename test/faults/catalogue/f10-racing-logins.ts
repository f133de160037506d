import type { Fault } from '../fault.ts';

const users = { full: 100, short: 25 } as const;
const mostRacers = 8;

/**
 * F10: 2 to 8 devices of each user log in at the same time on three nodes, each a random while from Redis. The
 * connections stand before; all logins leave in one turn of the loop.
 */
export const racingLogins: Fault = {
  id: 'F10',
  name: 'logins of one user race on three nodes',
  holds: 'one session stays, the newest; nobody is kicked by an older login',
  stage: { nodes: 3, sparesNodes: true },
  rounds: { full: 25, short: 2 },
  boundMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    for (const { redis } of stage.nodes) {
      const mostMs = random.between(0, 20);
      redis.delay(() => random.between(0, mostMs));
    }
    stage.fault('calls to Redis take from 0 to 20 ms more, each way');
    const racers = Array.from({ length: users[stage.form] }, (_, n) =>
      Array.from({ length: random.between(2, mostRacers) }, () =>
        fleet.device(`r${round}-${n}`, {
          platform: random.oneOf(['ios', 'android', 'web', 'mac'] as const),
        }),
      ),
    ).flat();
    const starts = await Promise.all(racers.map((device) => device.prepare(stage.anyNode())));
    stage.racingLogins += starts.length;
    await Promise.all(starts.map((start) => start()));
    stage.heal();
  },
};
