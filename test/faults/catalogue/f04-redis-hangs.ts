import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const users = { full: 200, short: 40 } as const;
/** Longer than a lease, and shorter. */
const hangs = { full: [10_000, 3000], short: [2500, 1000] } as const;
const ticketS = 2;

/**
 * All users are in; while Redis hangs their tickets end, some leave, and others log in again elsewhere, are refused and
 * come back as they were told. `hang` begins the harm and gives back what waits for its end.
 */
async function hangUnder(
  stage: Stage,
  round: number,
  hang: () => () => Promise<unknown>,
): Promise<void> {
  const { fleet, random } = stage;
  const [a, b] = [stage.node(0), stage.node(1)];
  const count = users[stage.form];
  const leaving = fleet.devices(`r${round}-leaving`, count / 4);
  await fleet.logInAll(fleet.devices(`r${round}-staying`, count), b);
  await fleet.logInAll([...fleet.devices(`r${round}-moving`, count), ...leaving], a);
  const newer = fleet.devices(`r${round}-moving`, count, { platform: 'android' });
  for (const device of newer) device.obey(() => stage.anyNode());
  const ending = fleet.devices(`r${round}-ending`, count / 4);
  await fleet.logInAll(ending, a, { expireS: ticketS });

  const over = hang();
  const logins = fleet.logInAll(newer, b);
  for (const device of leaving) device[random.oneOf(['logOut', 'close', 'cut'] as const)]();
  await stage.until(
    () => ending.every(({ attempt }) => attempt?.hasExpired),
    'all to be told that their tickets ended',
  );
  await over();
  stage.heal();
  await logins;
}

const common = {
  holds:
    'logins are answered within 1 s, no socket closes, tickets end on time, all is right 5 s after',
  // A ticket that ended takes its session along while Redis still hangs.
  stage: { flags: ['--ticket-grace-s', '1'] },
  boundMs: 5000,
  answersWithinMs: 1000,
} as const;

/** How long Redis is away in this round: by turns longer than a lease and shorter. */
function lengthMs({ form }: Stage, round: number): number {
  return hangs[form][round % 2] ?? hangs[form][0];
}

/** F04: Redis does nothing at all. */
export const redisSleeps: Fault = {
  ...common,
  id: 'F04',
  name: 'Redis hangs (DEBUG SLEEP), longer than a lease and shorter',
  rounds: { full: 4, short: 1 },
  tell: (stage, round) =>
    hangUnder(stage, round, () => {
      const ms = lengthMs(stage, round);
      stage.fault(`Redis sleeps ${ms} ms`);
      const slept = stage.redis.call('DEBUG', 'SLEEP', ms / 1000);
      return () => slept;
    }),
};

/** Redis answers a PING, and no script. */
export const redisPaused: Fault = {
  ...common,
  id: 'F04-pause',
  name: 'Redis lets no write through (CLIENT PAUSE WRITE) and answers all else',
  rounds: { full: 3, short: 1 },
  tell: (stage, round) =>
    hangUnder(stage, round, () => {
      stage.fault('Redis pauses all writes');
      // Ended below; the story takes longer than its tickets live, which is longer than a lease in the short form.
      const paused = stage.redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE');
      return () => paused.then(() => stage.redis.call('CLIENT', 'UNPAUSE'));
    }),
};

/** Answers come, many of them after the node has given them up: what it refused may have happened. */
export const redisSlow: Fault = {
  ...common,
  id: 'F04-slow',
  name: 'answers of Redis take up to 800 ms, round the time-out of a call',
  rounds: { full: 4, short: 1 },
  tell: (stage, round) =>
    hangUnder(stage, round, () => {
      const { random } = stage;
      const leastMs = round % 2 === 0 ? 800 : 200;
      stage.fault(`answers of Redis take from ${leastMs} to 800 ms`);
      for (const { redis } of stage.nodes) {
        redis.delay(() => random.between(leastMs, 800), undefined, 'toClient');
      }
      return () => Promise.resolve();
    }),
};
