import type { Fault } from '../fault.ts';

const users = { full: 200, short: 50 } as const;

/**
 * F12: a device logs in and leaves in the same segment (a logout, a close, a reset), while another login of its
 * user arrives on another node: of the same instance, or of another one.
 */
export const loginAndLeave: Fault = {
  id: 'F12',
  name: 'a login races with the logout or the end of its own connection, and with another login',
  holds: 'nothing is left of the one that left, and it takes nothing of the other along',
  stage: { nodes: 3 },
  rounds: { full: 20, short: 2 },
  boundMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    for (const { redis } of stage.nodes) redis.delay(() => random.between(0, 5));
    stage.fault('calls to Redis take from 0 to 5 ms more, each way');
    const pairs = Array.from({ length: users[stage.form] }, (_, n) => {
      const userId = `r${round}-${n}`;
      const leaving = fleet.device(userId);
      const { instanceId } = leaving;
      const staying = fleet.device(userId, random.chance(0.5) ? { instanceId } : {});
      return { leaving, staying };
    });
    const logins = await Promise.all(
      pairs.flatMap(({ leaving, staying }) => {
        const [here = stage.node(0), there = stage.node(1)] = random.shuffled(stage.nodes);
        const sequel = random.oneOf(['logout', 'close', 'cut'] as const);
        return [leaving.prepare(here, { sequel }), staying.prepare(there)];
      }),
    );
    stage.racingLogins += logins.length;
    await Promise.all(random.shuffled(logins).map((logIn) => logIn()));
    stage.heal();
  },
};
