import type { Fault } from '../fault.ts';
import { subscribers } from '../proxy.ts';
import type { Stage } from '../stage.ts';

const users = { full: 300, short: 60 } as const;

/** All users are in on node a; while `harm` is done to its subscriber link all log in again on b. */
async function kickInTheGap(stage: Stage, round: number, harm: () => void): Promise<void> {
  const [a, b] = [stage.node(0), stage.node(1)];
  const { fleet, random } = stage;
  const count = users[stage.form];
  const older = fleet.devices(`r${round}`, count);
  const newer = fleet.devices(`r${round}`, count, { platform: 'android' });
  await fleet.logInAll(older, a);
  const late = random.shuffled(newer);
  // Some kicks are on their way when the link goes, the others find it gone.
  const early = late.splice(0, Math.floor(count / 10));
  const earlyLogins = early.map((device) => device.logIn(b));
  harm();
  const outcomes = [...(await Promise.all(earlyLogins)), ...(await fleet.logInAll(late, b))];
  const areIn = outcomes.every(({ kind }) => kind === 'in');
  stage.expect(areIn, 'I10', 'a login on the healthy node was refused');
  stage.heal();
}

/** F05: the link on which a node hears of kicks breaks, and kicks fall in the gap. */
export const subscriberReset: Fault = {
  id: 'F05',
  name: 'the subscriber link is reset and refused, with kicks in the gap',
  holds: 'every victim is told and closed within 1 s of the healing',
  rounds: { full: 20, short: 2 },
  boundMs: 1000,
  tell: (stage, round) =>
    kickInTheGap(stage, round, () => {
      const { redis } = stage.node(0);
      stage.fault('the subscriber link of node a is reset, and new connections are refused');
      redis.refuse();
      redis.reset(subscribers);
    }),
};

/** The same without a sign: only the node's own probe can find it out. */
export const subscriberSilent: Fault = {
  id: 'F05-silent',
  name: 'the subscriber link goes silent, with kicks in the gap',
  holds: 'the node finds it out by itself; every victim is told and closed within 3 s',
  rounds: { full: 14, short: 1 },
  boundMs: 3000,
  tell: (stage, round) =>
    kickInTheGap(stage, round, () => {
      stage.fault('the subscriber link of node a is lost without a sign');
      stage.node(0).redis.lose(subscribers, 'toClient');
    }),
};
