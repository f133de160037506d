import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

const users = { full: 300, short: 40 } as const;
const outageMs = { full: 60_000, short: 2500 } as const;
const ticketS = 2;

/**
 * F19 for all: Redis is away for a minute, each node sees it go in another way. Users leave, tickets end, and others knock
 * all the time as they are told.
 */
export const outage: Fault = {
  id: 'F19-outage',
  name: 'all nodes are without Redis for 60 s',
  holds: 'no socket closes; logins are refused within 1 s; presence is right 5 s after the return',
  stage: { nodes: 3, flags: ['--ticket-grace-s', '1'] },
  rounds: { full: 1, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    const count = users[stage.form];
    for (const node of stage.nodes) {
      await fleet.logInAll(fleet.devices(`r${round}-on-${node.name}`, count), node);
    }
    const leaving = fleet.devices(`r${round}-leaving`, count / 2);
    const ending = fleet.devices(`r${round}-ending`, count / 2);
    await fleet.logInAll(leaving, b);
    await fleet.logInAll(ending, c, { expireS: ticketS });

    stage.fault('Redis is away: refused to a, silent to b and c');
    a.redis.refuse();
    a.redis.reset();
    b.redis.blackhole();
    c.redis.stall();
    const over = delay(outageMs[stage.form]);
    for (const device of leaving) device[random.oneOf(['logOut', 'close', 'cut'] as const)]();
    const newer = fleet.devices(`r${round}-on-a`, count, { platform: 'android' });
    for (const device of newer) device.obey(() => stage.anyNode());
    await fleet.logInAll(newer, b);
    await over;
    const areTold = ending.every(({ attempt }) => attempt?.hasExpired === true);
    stage.expect(areTold, 'I5', 'the end of a ticket was not told');
    stage.heal();
  },
};
