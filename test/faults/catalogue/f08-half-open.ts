import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Direction } from '../proxy.ts';
import type { Stage } from '../stage.ts';

const users = { full: 60, short: 15 } as const;
/** The least that may be set. */
const idleTimeoutS = 8;
/** The native back end looks at its sockets every 4 s. */
const graceMs = 5000;

/** Which way is lost. */
const losses: readonly (readonly Direction[])[] = [
  ['toServer'],
  ['toClient'],
  ['toServer', 'toClient'],
];

/** Waits until none of the sessions is registered; in ms. */
async function untilGone(stage: Stage, sessions: ReadonlySet<string>): Promise<number> {
  const sinceMs = performance.now();
  await stage.until(async () => {
    const { records } = await stage.registry();
    return !records.some(({ sessionId }) => sessions.has(sessionId));
  }, 'the node to miss its clients');
  return performance.now() - sinceMs;
}

/** Half of the clients notice and come back on a new connection, while the node still believes in the old one. */
async function comeBack(stage: Stage, silent: readonly Device[]): Promise<Device[]> {
  const noticing = silent.filter((_, n) => n % 2 === 0);
  for (const device of noticing) device.cut();
  await stage.fleet.logInAll(noticing, stage.node(0));
  return noticing;
}

/** F08: connections to clients are lost without a sign: what clients say, what the node says, or both. */
export const halfOpen: Fault = {
  id: 'F08',
  name: 'connections to clients go silent, one way or both, without a reset',
  holds: `the node finds it out within its idle time (${idleTimeoutS} s here); who comes back before that takes its own place`,
  stage: {
    nodes: 2,
    sparesNodes: true,
    hasDoorProxies: true,
    flags: ['--sockets-idle-timeout-s', String(idleTimeoutS)],
  },
  rounds: { full: 4, short: 1 },
  boundMs: 1000,
  breaksSockets: true,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const silent = fleet.devices(`r${round}-silent`, users[stage.form]);
    const known = new Set(a.door.links.map(({ number }) => number));
    await fleet.logInAll(silent, a);
    await fleet.logInAll(fleet.devices(`r${round}-well`, users[stage.form]), b);
    stage.fault('the links of all clients of node a are lost, a third of them each way');
    losses.forEach((ways, n) =>
      a.door.lose(({ number }) => !known.has(number) && number % losses.length === n, ...ways),
    );
    const sessions = new Set(silent.map(({ attempt }) => attempt?.sessionId ?? ''));
    const back = await comeBack(stage, silent);
    const tookMs = Math.round(await untilGone(stage, sessions));
    stage.detail['foundMs'] = Math.max(stage.detail['foundMs'] ?? 0, tookMs);
    const isInTime = tookMs < idleTimeoutS * 1000 + graceMs;
    stage.expect(isInTime, 'I4', `silent clients were found out after ${tookMs} ms`);
    // The others notice late, and do not come back.
    for (const device of silent) if (!back.includes(device)) device.cut();
    stage.heal();
  },
};
