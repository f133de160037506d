import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server.ts';
import type { Fault } from '../fault.ts';
import { readRegistry } from '../registry-view.ts';
import type { Stage } from '../stage.ts';
import { SentinelStore } from '../store-sentinel.ts';

const users = { full: 100, short: 20 } as const;
/** Of min-replicas-max-lag; a second more for Redis to look. */
const fenceLagS = 3;
/** Until an acknowledged login must be where all others see it. */
const visibleMs = 2000;

/** Whether no replica has been heard of for so long that a fenced primary takes no writes any more. */
async function hasLostReplicas(primary: RedisServer): Promise<boolean> {
  const state = await primary.cli('INFO', 'replication');
  return [...state.matchAll(/lag=(\d+)/g)].every(([, lag]) => Number(lag) > fenceLagS);
}

/**
 * The primary and node a see each other and nobody else; the others make a primary of their own, with node b. Users log in
 * on a. What the old primary takes now is lost when the network heals.
 */
async function split(stage: Stage, round: number): Promise<void> {
  const { fleet, store } = stage;
  if (!(store instanceof SentinelStore)) throw new Error('this stage has no Sentinels');
  const [a, b] = [stage.node(0), stage.node(1)];
  const count = users[stage.form];
  await fleet.logInAll(fleet.devices(`r${round}-on-a`, count), a);
  await fleet.logInAll(fleet.devices(`r${round}-on-b`, count), b);
  const old = await store.redis.primary();
  stage.fault('the primary and node a are parted from all the others');
  store.part(old, a.name);
  await store.redis.newPrimary(old);
  await stage.until(() => hasLostReplicas(old), 'the replicas to be missed');
  const trying = fleet.devices(`r${round}-parted`, count);
  await fleet.logInAll(trying, a);
  // On the other side the same users are let in at once.
  const moving = fleet.devices(`r${round}-on-a`, count, { platform: 'android' });
  for (const device of moving) device.obey(() => b);
  await fleet.logInAll(moving, b);
  const lost = await unseen(
    stage,
    new Set(trying.flatMap(({ isIn, attempt }) => (isIn && attempt ? [attempt.sessionId] : []))),
  );
  stage.expect(lost === 0, 'I6', `${lost} acknowledged logins are not where all others look`);
  store.heal();
  stage.heal();
}

/** How many of the sessions are still not in the registry when their time is over. */
async function unseen(stage: Stage, sessionIds: ReadonlySet<string>): Promise<number> {
  const endsAt = performance.now() + visibleMs;
  for (;;) {
    const { records } = await readRegistry(await stage.store.primaries());
    const seen = records.filter(({ sessionId }) => sessionIds.has(sessionId)).length;
    if (seen === sessionIds.size || performance.now() > endsAt) return sessionIds.size - seen;
    await delay(50);
  }
}

/** F02, with the network to blame. */
export const primaryParted: Fault = {
  id: 'F02-split',
  name: 'the primary and one node are parted from the Sentinels and the replicas, and another primary rises',
  holds:
    'behind the fence (min-replicas) the old primary takes no login that would be lost; all is right once it is told, 15 s after',
  stage: { store: () => SentinelStore.startPartable({ isFenced: true }) },
  rounds: { full: 1, short: 1 },
  // The Sentinels wait ten seconds before they tell a primary that it is none.
  boundMs: 15_000,
  answersWithinMs: 1000,
  tell: split,
};

/** The same without the fence: it must break a promise, or the other one shows nothing. */
export const primaryPartedUnfenced: Fault = {
  ...primaryParted,
  id: 'F02-unfenced',
  name: 'the same, and the primary takes writes without its replicas',
  holds: 'nothing: acknowledged logins are lost',
  stage: { store: () => SentinelStore.startPartable({ isFenced: false }) },
};
