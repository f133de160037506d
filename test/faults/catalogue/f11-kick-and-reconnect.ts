import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

const users = { full: 150, short: 40 } as const;
const longestMs = 50;

/**
 * F11: a user's phone is in on node a. A tablet of the user logs in on b, and within 50 ms of that, before or after,
 * the phone comes back on c: by itself, or because its user wants so. The kick is for the phone's first session.
 */
export const kickAndReconnect: Fault = {
  id: 'F11',
  name: 'a kick races with the return of its victim',
  holds:
    'a kick never hits the successor of its victim; who was kicked does not come back by itself',
  stage: { nodes: 3, sparesNodes: true },
  rounds: { full: 20, short: 2 },
  boundMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    const phones = fleet.devices(`r${round}`, users[stage.form]);
    const tablets = fleet.devices(`r${round}`, users[stage.form], { platform: 'ipad' });
    await fleet.logInAll(phones, a);
    for (const { redis } of stage.nodes) redis.delay(() => random.between(0, 10));
    stage.fault('calls to Redis take from 0 to 10 ms more, each way');
    const logins = await Promise.all([
      ...tablets.map((device) => device.prepare(b)),
      ...phones.map((device) => device.prepare(c, { automatic: random.chance(0.5) })),
    ]);
    stage.racingLogins += logins.length;
    const waits = logins.map(() => random.between(0, longestMs));
    await Promise.all(logins.map((logIn, n) => delay(waits[n]).then(logIn)));
    stage.heal();
  },
};
