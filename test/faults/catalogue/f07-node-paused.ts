import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const users = { full: 150, short: 30 } as const;

/** What the users of the paused node do meanwhile. */
interface Crowd {
  /** Nothing. */
  readonly staying: readonly Device[];
  /** Log in on another device elsewhere: a kick. */
  readonly moving: readonly Device[];
  /** Come back elsewhere with the same instance: a replacement. */
  readonly returning: readonly Device[];
  /** The same, and the old connection says goodbye to the node that cannot hear it yet. */
  readonly leaving: readonly Device[];
}

async function gather(stage: Stage, round: number): Promise<Crowd> {
  const { fleet } = stage;
  const some = (what: string): Device[] => fleet.devices(`r${round}-${what}`, users[stage.form]);
  const crowd = {
    staying: some('staying'),
    moving: some('moving'),
    returning: some('returning'),
    leaving: some('leaving'),
  };
  await fleet.logInAll(Object.values(crowd).flat(), stage.node(0));
  return crowd;
}

async function moveAway(stage: Stage, { moving, returning, leaving }: Crowd): Promise<void> {
  const { fleet, random } = stage;
  for (const { attempt } of leaving) {
    if (random.chance(0.5)) attempt?.logOut();
    else attempt?.close();
  }
  const others = moving.map(({ userId }) => fleet.device(userId, { platform: 'android' }));
  const outcomes = await fleet.logInAll(
    random.shuffled([...others, ...returning, ...leaving]),
    stage.node(1),
  );
  const areIn = outcomes.every(({ kind }) => kind === 'in');
  stage.expect(areIn, 'I10', 'a user of the paused node was not let in elsewhere at once');
}

async function pause(stage: Stage, round: number, leases: number): Promise<void> {
  const a = stage.node(0);
  const crowd = await gather(stage, round);
  const late = fleetOfLate(stage, round);
  const begin = await Promise.all(late.map((device) => device.prepare(a)));
  stage.fault(`node a stands still for ${leases.toFixed(1)} leases`);
  a.pause();
  const ends = delay(leases * stage.leaseMs);
  // What they send lies in the node's sockets until it goes on.
  const answers = begin.map((logIn) => logIn());
  await moveAway(stage, crowd);
  await ends;
  a.resume();
  stage.heal();
  await Promise.all(answers);
}

/** Users who log in on the node while it stands still. */
function fleetOfLate(stage: Stage, round: number): Device[] {
  return stage.fleet.devices(`r${round}-late`, 10);
}

/** F07: SIGSTOP, and SIGCONT before the lease has run out. */
export const nodePaused: Fault = {
  id: 'F07',
  name: 'a node stands still (SIGSTOP) for half a lease, its users log in elsewhere',
  holds:
    'its superseded sessions end within 1 s of its going on; nothing it says late takes effect',
  rounds: { full: 6, short: 1 },
  boundMs: 1000,
  tell: (stage, round) => pause(stage, round, 0.5),
};

/** F07: SIGSTOP for so long that the others take the node for dead. */
export const nodePausedPastLease: Fault = {
  id: 'F07-long',
  name: 'a node stands still for longer than its lease and is swept, its users log in elsewhere',
  holds:
    'superseded sessions end within 1 s of its going on, the others are registered again; nothing it says late takes effect',
  rounds: { full: 4, short: 1 },
  boundMs: 1000,
  tell: (stage, round) => pause(stage, round, 1.3 + stage.random.next()),
};
