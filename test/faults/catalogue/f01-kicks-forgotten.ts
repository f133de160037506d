import type { Fault } from '../fault.ts';
import { subscribers } from '../proxy.ts';

const users = { full: 300, short: 40 } as const;

/**
 * F01: kicks are recorded and have not reached their victims when Redis dies with all its records. Both sessions of each
 * user live on their nodes, and both nodes register what they hold: only the epochs say which of the two is the newer.
 */
export const kicksForgotten: Fault = {
  id: 'F01-kicks',
  name: 'Redis dies and comes back empty before kicks have reached their victims',
  holds: 'of two sessions that both still live the newer one stays, the older one ends, within 5 s',
  rounds: { full: 6, short: 1 },
  boundMs: 5000,
  forgetsKicks: true,
  async tell(stage, round) {
    const [a, b] = [stage.node(0), stage.node(1)];
    const { fleet } = stage;
    const count = users[stage.form];
    await fleet.logInAll(fleet.devices(`r${round}`, count), a);
    stage.fault('what node a is told of kicks stalls');
    a.redis.stall(subscribers, 'toClient');
    const newer = fleet.devices(`r${round}`, count, { platform: 'android' });
    await fleet.logInAll(newer, b);
    stage.fault('Redis dies, and node a reaches the next one late');
    a.redis.refuse();
    await stage.redis.kill();
    a.redis.cut();
    await stage.redis.restart();
    // The older sessions come last: without their epochs they would be taken for the newer ones.
    await stage.until(
      async () => (await stage.registry().catch(() => undefined))?.records.length === count,
      'the newer sessions to be registered again',
    );
    stage.heal();
    await stage.until(() => fleet.open.size === count, 'one session of each user to end');
    const areIn = newer.every(({ isIn }) => isIn);
    stage.expect(areIn, 'I3', 'a newer session gave way to an older one');
  },
};
