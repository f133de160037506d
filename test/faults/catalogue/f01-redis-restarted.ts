import type { Fault } from '../fault.ts';

const users = { full: 200, short: 40 } as const;

/**
 * F01: Redis dies with kill -9 and comes back empty. Kicks are issued just before it dies, and by logins that find it
 * dead and come back as they were told. What Redis knew can only come from the nodes.
 */
export const redisRestarted: Fault = {
  id: 'F01',
  name: 'Redis dies with kill -9 and comes back empty, with kicks around its death',
  holds: 'no socket closes, the registry is whole again within 5 s, kicks of that time take effect',
  stage: { nodes: 3 },
  rounds: { full: 10, short: 1 },
  boundMs: 5000,
  forgetsKicks: true,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    const count = users[stage.form];
    for (const node of stage.nodes) {
      await fleet.logInAll(fleet.devices(`r${round}-staying-${node.name}`, count), node);
    }
    await fleet.logInAll(fleet.devices(`r${round}-early`, count), a);
    await fleet.logInAll(fleet.devices(`r${round}-late`, count), a);
    const early = fleet.devices(`r${round}-early`, count, { platform: 'android' });
    const late = fleet.devices(`r${round}-late`, count, { platform: 'android' });
    for (const device of early) device.obey(() => b);
    for (const device of late) device.obey(() => c);

    const earlyLogins = fleet.logInAll(early, b);
    await stage.until(() => early.filter(({ isIn }) => isIn).length > count / 2, 'half of them');
    stage.fault('Redis dies');
    await stage.redis.kill();
    const lateLogins = fleet.logInAll(late, c);
    await stage.until(
      () => late.some(({ attempt }) => attempt?.outcome !== undefined),
      'a refusal',
    );
    await stage.redis.restart();
    stage.heal();
    await Promise.all([earlyLogins, lateLogins]);
  },
};
