import type { Fault } from '../fault.ts';

const users = { full: 200, short: 40 } as const;

/**
 * F22: Redis dies and comes back with an older snapshot. It then holds sessions that have ended since, and users who had been
 * driven out; it misses sessions that began since.
 */
export const snapshotRestored: Fault = {
  id: 'F22-snapshot',
  name: 'Redis comes back with an older snapshot',
  holds: 'records that came back stale go, sessions that are missing return, within 5 s',
  stage: { nodes: 3 },
  rounds: { full: 5, short: 1 },
  boundMs: 5000,
  forgetsKicks: true,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    const count = users[stage.form];
    const kind = (name: string) => fleet.devices(`r${round}-${name}`, count);
    const [leaving, moving, returning] = [kind('leaving'), kind('moving'), kind('returning')];
    await fleet.logInAll([...kind('staying'), ...leaving, ...moving, ...returning], a);
    await stage.redis.cli('SAVE');

    for (const device of leaving) device[random.oneOf(['logOut', 'close', 'cut'] as const)]();
    await fleet.logInAll(kind('late'), b);
    await fleet.logInAll(fleet.devices(`r${round}-moving`, count, { platform: 'android' }), b);
    await fleet.logInAll(returning, c);
    await stage.until(() => moving.every(({ isIn }) => !isIn), 'those who were driven out');
    stage.fault('Redis dies and loads its snapshot');
    await stage.redis.restart();
    stage.heal();
  },
};
