import type { Fault } from '../fault.ts';
import { hooks } from '../hooks.ts';

const users = { full: 300, short: 40 } as const;
const heapMb = 64;

/** F18: the heap of a node fills up until V8 gives up. On the way there it collects garbage more and more. */
export const heapFull: Fault = {
  id: 'F18',
  name: 'the heap of a node fills up until the process dies of it',
  holds: 'it dies and does not linger; its sessions go within 10 s, its users get in elsewhere',
  stage: {
    nodes: 3,
    each: (name) => (name === 'c' ? { nodeFlags: hooks.hoarding(heapMb) } : {}),
  },
  rounds: { full: 4, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    if (!c.isRunning) await c.start();
    const back = fleet.devices(`r${round}-back`, users[stage.form]);
    await fleet.logInAll([...back, ...fleet.devices(`r${round}-gone`, users[stage.form])], c);
    await fleet.logInAll(fleet.devices(`r${round}-staying`, users[stage.form]), a);
    for (const device of back) device.obey(() => b);
    stage.fault('node c keeps all that it can');
    const sinceMs = performance.now();
    const how = await c.doom();
    const diedMs = Math.round(performance.now() - sinceMs);
    stage.expect(how === 'SIGABRT', 'I8', `the node with a full heap ended with ${how}`);
    stage.expect(diedMs < 10_000, 'I8', `a node with a full heap lived for ${diedMs} ms`);
    stage.detail['diedMs'] = Math.max(stage.detail['diedMs'] ?? 0, diedMs);
  },
};
