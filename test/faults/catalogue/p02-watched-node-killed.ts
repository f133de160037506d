import { Audience, audienceFlags } from '../audience.ts';
import type { Fault } from '../fault.ts';

const users = { full: 200, short: 20 } as const;
const boundMs = 10_000;

/**
 * P02: the node of watched users dies with kill -9. Some of them log in elsewhere at once, the others never come
 * back. On another node links are lost and back at once all the while.
 */
export const watchedNodeKilled: Fault = {
  id: 'P02',
  name: 'the node of watched users dies with kill -9',
  holds:
    'within 10 s they are told offline, or push-online on phones; who is back at once, or lives elsewhere, never is',
  stage: { nodes: 3, flags: audienceFlags },
  rounds: { full: 4, short: 1 },
  boundMs,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!a.isRunning) await a.start();
    const count = users[stage.form];
    const pages = fleet.devices(`r${round}-page`, count, { platform: 'web' });
    const phones = fleet.devices(`r${round}-phone`, count);
    const moving = fleet.devices(`r${round}-moving`, count);
    const staying = fleet.devices(`r${round}-staying`, count);
    const flapping = fleet.devices(`r${round}-flapping`, count);
    await fleet.logInAll([...pages, ...phones, ...moving], a);
    await fleet.logInAll([...staying, ...flapping], c);
    const audience = new Audience(stage);
    await audience.seat(`r${round}-b`, b);
    await audience.seat(`r${round}-c`, c);
    audience.expect(pages, 'offline');
    audience.expect(phones, 'pushOnline');
    audience.keep([...moving, ...staying, ...flapping]);
    await audience.watch();

    stage.fault('node a dies');
    await a.kill();
    await audience.moveTo(moving, c);
    await audience.flap(flapping, b);
    await audience.judge(boundMs);
  },
};
