import type { Fault } from '../fault.ts';

/** Beside those who log in again while Redis knows of nobody. */
const staying = { full: 10_000, short: 200 } as const;
const moving = { full: 500, short: 40 } as const;

/**
 * F22: FLUSHALL. No connection breaks; only the next beat can tell. Some users log in elsewhere before anybody has noticed,
 * which Redis then has nothing against.
 */
export const redisFlushed: Fault = {
  id: 'F22',
  name: 'FLUSHALL with 10,000 sessions, and logins elsewhere just after it',
  holds: 'all sessions are in the registry again within 5 s, each user has one',
  rounds: { full: 2, short: 1 },
  boundMs: 5000,
  forgetsKicks: true,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const half = staying[stage.form] / 2;
    const count = moving[stage.form];
    await fleet.logInAll(fleet.devices(`r${round}-on-a`, half), a);
    await fleet.logInAll(fleet.devices(`r${round}-on-b`, half), b);
    await fleet.logInAll(fleet.devices(`r${round}-moving`, count), a);
    stage.fault('FLUSHALL');
    await stage.redis.cli('FLUSHALL');
    stage.heal();
    const newer = fleet.devices(`r${round}-moving`, count, { platform: 'android' });
    // A beat may come first; then the node that was fenced says when to come back.
    for (const device of newer) device.obey(() => b);
    await fleet.logInAll(newer, b);
  },
};
