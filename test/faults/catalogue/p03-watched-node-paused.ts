import { Audience, audienceFlags } from '../audience.ts';
import type { Fault } from '../fault.ts';

const users = { full: 200, short: 20 } as const;
const boundMs = 10_000;

/**
 * P03: the node of watched users is stopped in its tracks until the others have taken it for dead, and goes on. Its sockets
 * have lived through it. Some of its users have logged in elsewhere before that.
 */
export const watchedNodePaused: Fault = {
  id: 'P03',
  name: 'the node of watched users is paused for longer than its lease',
  holds:
    'they are told push-online, and online again within 10 s of its waking; who moved elsewhere is online throughout',
  stage: { nodes: 3, flags: audienceFlags },
  rounds: { full: 4, short: 1 },
  boundMs,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    const count = users[stage.form];
    const phones = fleet.devices(`r${round}-phone`, count);
    const moving = fleet.devices(`r${round}-moving`, count);
    const staying = fleet.devices(`r${round}-staying`, count);
    await fleet.logInAll([...phones, ...moving], a);
    await fleet.logInAll(staying, c);
    const audience = new Audience(stage);
    await audience.seat(`r${round}-b`, b);
    audience.keep([...moving, ...staying]);
    audience.expect(phones, 'online');
    await audience.watch();

    stage.fault('node a is paused');
    a.pause();
    try {
      await audience.moveTo(moving, c);
      await stage.until(() => audience.believe(phones, 'pushOnline'), 'the end of its lease');
    } finally {
      a.resume();
    }
    stage.heal();
    await audience.judge(boundMs);
  },
};
