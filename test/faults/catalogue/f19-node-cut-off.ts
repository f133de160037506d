import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { subscribers, type FaultProxy } from '../proxy.ts';
import { readRegistry } from '../registry-view.ts';
import type { Stage } from '../stage.ts';

const users = { full: 200, short: 30 } as const;

/** A way in which a network takes Redis away from a node. */
type Cut = readonly [name: string, cut: (redis: FaultProxy) => void];

/** So that the node cannot know that it is cut off, nor Redis; the last one lets what was said arrive at the end. */
const bothWays: readonly Cut[] = [
  ['its links are reset and refused', resetAndRefuse],
  ['its links swallow everything', (redis) => redis.blackhole()],
  ['its links stand still', (redis) => redis.stall()],
];

const oneWay: readonly Cut[] = [
  ['it is not heard', (redis) => redis.stall(undefined, 'toServer')],
  ['it hears nothing', (redis) => redis.stall(undefined, 'toClient')],
];

function resetAndRefuse(redis: FaultProxy): void {
  redis.refuse();
  redis.reset();
}

/**
 * Node a loses Redis and keeps its clients. Their users log in on node b, with the same device or with another, some at once
 * and some, when `isLong`, after b has taken a for dead. Others try on a itself, and leave a.
 */
async function cutOff(stage: Stage, round: number, { cut: [what, cut], isLong }: Absence) {
  const { fleet, random } = stage;
  const [a, b] = [stage.node(0), stage.node(1)];
  const count = users[stage.form];
  const staying = fleet.devices(`r${round}-staying`, count);
  const leaving = fleet.devices(`r${round}-leaving`, count / 2);
  const moving = fleet.devices(`r${round}-moving`, count);
  await fleet.logInAll([...staying, ...leaving, ...moving], a);
  await fleet.logInAll(fleet.devices(`r${round}-other`, count), b);
  const trying = fleet.devices(`r${round}-other`, count / 2, { platform: 'ipad' });
  for (const device of trying) device.obey(() => a);
  const elsewhere = random.shuffled(
    moving.map(({ userId, instanceId }) =>
      fleet.device(userId, random.chance(0.5) ? { instanceId } : { platform: 'web' }),
    ),
  );

  stage.fault(`node a is cut off from Redis: ${what}`);
  cut(a.redis);
  const logins = fleet.logInAll(trying, a);
  const atOnce = await fleet.logInAll(elsewhere.splice(0, count / 2), b);
  for (const device of leaving) device[random.oneOf(['logOut', 'close', 'cut'] as const)]();
  if (isLong) {
    const ids = new Set(staying.map(({ attempt }) => attempt?.sessionId ?? ''));
    await stage.until(async () => !(await holdsAny(stage, ids)), 'node b to take a for dead');
  }
  const later = await fleet.logInAll(elsewhere, b);
  const areIn = [...atOnce, ...later].every(({ kind }) => kind === 'in');
  stage.expect(areIn, 'I10', 'a login on the healthy node was refused');
  stage.heal();
  await logins;
}

interface Absence {
  readonly cut: Cut;
  /** Longer than the lease. */
  readonly isLong: boolean;
}

async function holdsAny(stage: Stage, sessionIds: ReadonlySet<string>): Promise<boolean> {
  const { records } = await readRegistry(await stage.store.primaries());
  return records.some(({ sessionId }) => sessionIds.has(sessionId));
}

/** In turns by the round, so that a full run has them all. */
function turn(cuts: readonly Cut[], round: number): Cut {
  return cuts[round % cuts.length] as Cut;
}

/** F19, longer than the lease. */
export const nodeCutOff: Fault = {
  id: 'F19',
  name: 'a node is cut off from Redis for longer than its lease, its users log in elsewhere',
  holds: 'no socket closes meanwhile; exactly one session a user within 5 s of the healing',
  rounds: { full: 3, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  tell: (stage, round) => cutOff(stage, round, { cut: turn(bothWays, round), isLong: true }),
};

/** F19, shorter than the lease: nobody notices but those who want to log in. */
export const nodeCutOffBriefly: Fault = {
  ...nodeCutOff,
  id: 'F19-brief',
  name: 'a node is cut off from Redis for less than its lease, its users log in elsewhere',
  rounds: { full: 9, short: 2 },
  tell: (stage, round) => cutOff(stage, round, { cut: turn(bothWays, round), isLong: false }),
};

/** F20: only one way of the links is lost. */
export const nodeHalfDeaf: Fault = {
  ...nodeCutOff,
  id: 'F20-one-way',
  name: 'a node hears Redis and is not heard, or the other way round, for longer than its lease',
  rounds: { full: 2, short: 1 },
  tell: (stage, round) => cutOff(stage, round, { cut: turn(oneWay, round), isLong: true }),
};

/**
 * F19, for the subscriber alone: the node can do all but hear of kicks. After a lease of that it must say so and register
 * nobody, or it would hold sessions that it cannot end.
 */
export const nodeDeaf: Fault = {
  id: 'F19-deaf',
  name: 'a node has no subscription for longer than its lease',
  holds: 'it refuses logins and /readyz says so; kicks of that time take effect within 5 s after',
  rounds: { full: 2, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const count = users[stage.form];
    await fleet.logInAll(fleet.devices(`r${round}`, count), a);
    stage.fault('the subscriber link of node a is reset, and new connections are refused');
    a.redis.refuse();
    a.redis.reset(subscribers);
    await fleet.logInAll(fleet.devices(`r${round}`, count, { platform: 'web' }), b);
    const endsAt = performance.now() + 3 * stage.leaseMs;
    while ((await a.isReady()) && performance.now() < endsAt) await delay(20);
    stage.expect(!(await a.isReady()), 'I2', 'a node that hears of no kick says that it is ready');
    const trying = fleet.devices(`r${round}-trying`, count);
    for (const device of trying) device.obey(() => a);
    const outcomes = await fleet.logInAll(trying, a);
    const areRefused = outcomes.every(({ kind }) => kind === 'refused');
    stage.expect(areRefused, 'I2', 'a node that hears of no kick let somebody in');
    stage.heal();
  },
};
