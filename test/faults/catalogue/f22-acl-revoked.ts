import type { Fault } from '../fault.ts';

const users = { full: 300, short: 40 } as const;
/** All that nodes need and the bench does not. */
const rights = ['evalsha', 'eval', 'script', 'subscribe', 'publish', 'time', 'hsetnx'] as const;

/**
 * F22: the Redis user of the nodes loses its rights at run time, and subscriptions are cut besides so that they must
 * be asked for again. Then it gets them back.
 */
export const rightsRevoked: Fault = {
  id: 'F22-acl',
  name: 'the rights of the Redis user are revoked at run time and given back',
  holds:
    'logins are refused for the time being, /readyz and an error in the log say so, no socket closes',
  rounds: { full: 2, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  alarms: ['cannot subscribe to the channel of this node'],
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const count = users[stage.form];
    await fleet.logInAll(fleet.devices(`r${round}`, count), a);
    stage.fault('the rights of the nodes in Redis are revoked');
    await stage.redis.cli('ACL', 'SETUSER', 'default', ...rights.map((right) => `-${right}`));
    await stage.redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const newer = fleet.devices(`r${round}`, count, { platform: 'android' });
    for (const device of newer) device.obey(() => stage.anyNode());
    const outcomes = await fleet.logInAll(newer, b);
    const areRefused = outcomes.every(({ kind }) => kind === 'refused');
    stage.expect(areRefused, 'I10', 'somebody was let in without Redis');
    await stage.until(
      async () => !(await a.isReady()) && !(await b.isReady()),
      '/readyz to say so',
    );
    await stage.redis.cli('ACL', 'SETUSER', 'default', ...rights.map((right) => `+${right}`));
    stage.heal();
  },
};
