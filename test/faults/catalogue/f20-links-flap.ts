import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { footingOf, untilAsBefore } from '../footing.ts';
import type { FaultProxy } from '../proxy.ts';

const users = { full: 20, short: 8 } as const;
const flaps = { full: 30, short: 4 } as const;
const phaseMs = { full: 1000, short: 250 } as const;

/** Ways in which a link goes down; a stalled one comes back as it was. */
const ways: readonly ((redis: FaultProxy) => void)[] = [
  (redis) => redis.stall(),
  (redis) => redis.stall(undefined, 'toServer'),
  (redis) => redis.stall(undefined, 'toClient'),
  (redis) => redis.reset(),
  (redis) => redis.cut(),
  (redis) => {
    redis.refuse();
    redis.cut();
  },
  (redis) => redis.cutAfter(2000, undefined, 'toClient'),
];

/**
 * F20: the links of both nodes to Redis are up for a second and down for a second, each time in another way, while
 * users log in on both nodes and drive each other out.
 */
export const linksFlap: Fault = {
  id: 'F20',
  name: 'the links to Redis flap, 1 s up and 1 s down, in many ways',
  holds:
    'no socket closes, no kick is lost; afterwards no connection, subscription, timer or file is left over',
  rounds: { full: 1, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const count = users[stage.form];
    const before = await Promise.all(stage.nodes.map((node) => footingOf(stage, node)));
    await fleet.logInAll(fleet.devices(`r${round}-staying`, count), stage.node(0));
    const logins: Promise<unknown>[] = [];
    for (let flap = 0; flap < flaps[stage.form]; flap++) {
      for (const { redis } of stage.nodes) random.oneOf(ways)(redis);
      stage.fault('links go down');
      for (const node of stage.nodes) {
        const devices = fleet.devices(`r${round}-${flap}`, count);
        for (const device of devices) device.obey(() => stage.anyNode());
        logins.push(fleet.logInAll(devices, node));
      }
      await delay(phaseMs[stage.form]);
      for (const { redis } of stage.nodes) redis.heal();
      await delay(phaseMs[stage.form]);
    }
    stage.heal();
    await Promise.all(logins);
    for (const [n, node] of stage.nodes.entries()) {
      await untilAsBefore(stage, node, before[n] ?? (await footingOf(stage, node)));
    }
  },
};
