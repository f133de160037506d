import { setTimeout as delay } from 'node:timers/promises';
import type { Mood } from '../../support/webhook-receiver.ts';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const users = { full: 200, short: 30 } as const;
/** How long the back end is unwell in each way. */
const unwellMs = { full: 10_000, short: 600 } as const;
const moods: readonly Mood[] = ['hangs', 'fails', 'cuts', 'drips', 'redirects', 'floods'];

/** Users of whom each logs in, kicks, leaves and comes back, on any node, while the back end is unwell. */
async function live(stage: Stage, devices: readonly Device[]): Promise<void> {
  const { fleet } = stage;
  await fleet.logInAll(devices, stage.anyNode());
  const third = devices.filter((_, n) => n % 3 === 0);
  const others = third.map(({ userId }) => fleet.device(userId, { platform: 'android' }));
  await fleet.logInAll(others, stage.anyNode());
  for (const device of devices.filter((_, n) => n % 3 === 1)) device.cut();
  await stage.until(() => !fleet.isPending, 'clients that left');
  await fleet.logInAll(
    devices.filter((_, n) => n % 6 === 1),
    stage.anyNode(),
  );
}

/** F24: the back end that is told of events hangs, fails, cuts, drips, sends elsewhere and floods, one after the other. */
export const backEndUnwell: Fault = {
  id: 'F24',
  name: 'the back end of webhooks hangs, fails, drips, and is back',
  holds:
    'no login waits for it; in the end it has been told of everything, in the order of each user',
  stage: { nodes: 2, hasWebhooks: true },
  rounds: { full: 2, short: 1 },
  boundMs: 15_000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { receiver, fleet } = stage;
    for (const mood of moods) {
      stage.fault(`the back end ${mood}`);
      receiver.mood = () => mood;
      const unwell = delay(unwellMs[stage.form]);
      await live(stage, fleet.devices(`r${round}-${mood}`, users[stage.form]));
      await unwell;
    }
    receiver.mood = () => 'answers';
    stage.heal();
  },
};

/**
 * F24-killed: a node that tells the back end dies with kill -9 while calls of it are under way and others wait. Some of its
 * users log in elsewhere, the others never come back.
 */
export const tellingNodeKilled: Fault = {
  id: 'F24-killed',
  name: 'a node that tells the back end dies with kill -9, with webhooks under way',
  holds:
    'others go on where it stopped: nothing is lost or out of order, each session of the dead node gives one Disconnect',
  stage: { nodes: 3, hasWebhooks: true },
  rounds: { full: 4, short: 1 },
  boundMs: 20_000,
  async tell(stage, round) {
    const { receiver, fleet, random } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!a.isRunning) await a.start();
    const count = users[stage.form];
    receiver.mood = () => random.oneOf(['answers', 'answers', 'hangs', 'fails', 'cuts']);
    const moving = fleet.devices(`r${round}-moving`, count);
    const gone = fleet.devices(`r${round}-gone`, count);
    const staying = fleet.devices(`r${round}-staying`, count);
    await fleet.logInAll([...moving, ...gone], a);
    await fleet.logInAll(staying, b);
    await stage.until(() => receiver.underWay > 0, 'a webhook under way');
    stage.fault('node a dies');
    await a.kill();
    await fleet.logInAll(moving, c);
    stage.fault('the back end is well again');
    receiver.mood = () => 'answers';
    stage.heal();
  },
};
