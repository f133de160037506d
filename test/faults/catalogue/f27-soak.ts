import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import { commanders, subscribers } from '../proxy.ts';
import { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import type { StageNode } from '../stage-node.ts';

const people = { full: 120, short: 30 } as const;
const harmMs = { full: 15_000, short: 2500 } as const;
const longestHoldMs = { full: 4000, short: 1200 } as const;
const platforms = ['ios', 'android', 'web'] as const;

/** Harm to one node; what it gives back ends the harm. */
interface Verb {
  readonly name: string;
  readonly harm: (node: StageNode, random: Random) => void | (() => void | Promise<void>);
}

const verbs: readonly Verb[] = [
  { name: 'its links to Redis stall', harm: ({ redis }) => redis.stall() },
  { name: 'its commands stall', harm: ({ redis }) => redis.stall(commanders, 'toServer') },
  { name: 'its answers stall', harm: ({ redis }) => redis.stall(commanders, 'toClient') },
  { name: 'its commands are lost', harm: ({ redis }) => redis.lose(commanders) },
  { name: 'its subscriber goes silent', harm: ({ redis }) => redis.lose(subscribers, 'toClient') },
  { name: 'its links to Redis are reset', harm: ({ redis }) => redis.reset() },
  {
    name: 'its links to Redis are cut and refused',
    harm({ redis }) {
      redis.refuse();
      redis.cut();
    },
  },
  {
    name: 'its links to Redis are slow',
    harm({ redis }, random) {
      const mostMs = random.between(10, 300);
      redis.delay(() => random.between(0, mostMs));
    },
  },
  { name: 'its links drip', harm: ({ redis }) => redis.drip({ bytes: 64, everyMs: 5 }) },
  {
    name: 'it stands still',
    harm(node) {
      node.pause();
      return () => node.resume();
    },
  },
];

/** Harms a node, again and again, until the time is over; then it is well. Never two harms of a node at once. */
async function torment(stage: Stage, node: StageNode, random: Random): Promise<void> {
  const endsAt = performance.now() + harmMs[stage.form];
  // The first one lives through all of it: what it holds is compared at the end.
  const mayDie = node !== stage.node(0);
  while (performance.now() < endsAt) {
    await delay(random.between(50, longestHoldMs[stage.form] / 2));
    const holdMs = random.between(100, longestHoldMs[stage.form]);
    if (mayDie && random.chance(0.15)) {
      stage.fault(`node ${node.name}: it is killed and started`);
      await node.kill();
      await node.start();
      continue;
    }
    const verb = random.oneOf(verbs);
    stage.fault(`node ${node.name}: ${verb.name}, for ${holdMs} ms`);
    const end = verb.harm(node, random);
    await delay(holdMs);
    await end?.();
    node.redis.heal();
  }
}

/** Redis itself stands still or drops everybody, now and then. */
async function tormentRedis(stage: Stage, random: Random): Promise<void> {
  const endsAt = performance.now() + harmMs[stage.form];
  while (performance.now() < endsAt) {
    await delay(random.between(500, 4000));
    const isSleep = random.chance(0.5);
    stage.fault(isSleep ? 'Redis sleeps for 0.5 s' : 'Redis drops all connections');
    const [command, ...words] = isSleep
      ? ['DEBUG', 'SLEEP', '0.5']
      : ['CLIENT', 'KILL', 'TYPE', random.oneOf(['normal', 'pubsub'])];
    await stage.redis.call(command ?? '', ...words).catch(() => undefined);
  }
}

/** Somebody with some devices, who uses them as they like until all is over. */
async function live(devices: readonly Device[], stage: Stage, isOver: () => boolean) {
  const random = new Random(stage.random.between(1, 0xffff_ffff));
  const door = (): StageNode => stage.anyNode();
  while (!isOver()) {
    await delay(random.between(10, 400));
    const device = random.oneOf(devices);
    const roll = random.next();
    if (device.isWaiting) continue;
    if (!device.isIn) await device.obey(door).logIn(door());
    else if (roll < 0.1) device.logOut();
    else if (roll < 0.2) device.close();
    else if (roll < 0.3) device.attempt?.cut();
    else if (roll < 0.4) await device.logIn(door());
  }
}

/** F27: harm by chance, of all kinds that one machine can do to nodes and Redis, while users come, go and kick. */
export const soak: Fault = {
  id: 'F27',
  name: 'nodes and Redis suffer by chance, several at a time, while users come, go and kick one another',
  holds: 'everything: I1 to I8 and I10; heap and open files are what they were',
  stage: { nodes: 3, flags: ['--evictions-burst', '0'] },
  rounds: { full: 12, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    let isOver = false;
    const crowd = Array.from({ length: people[stage.form] }, (_, n) => {
      const userId = `r${round}-${n}`;
      const devices = platforms.map((platform) => fleet.device(userId, { platform }));
      return live(devices, stage, () => isOver);
    });
    const chances = [...stage.nodes, 0].map(() => new Random(stage.random.between(1, 0xffff_ffff)));
    const harms = [
      ...stage.nodes.map((node, n) => torment(stage, node, chances[n] ?? stage.random)),
      tormentRedis(stage, chances.at(-1) ?? stage.random),
    ];
    // Also when one of them breaks: nobody may be left who goes on by himself.
    const ends = await Promise.allSettled(harms);
    stage.heal();
    isOver = true;
    await Promise.all(crowd);
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
  },
};
