import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { closeCodes } from '../../../protocol/codes.ts';
import { frameBytes } from '../../support/raw-client.ts';

const users = { full: 100, short: 10 } as const;
const slowUsers = { full: 10, short: 2 } as const;
/**
 * A login for a platform called "a", as JSON would say `[1, 9, 1, "a", "", "a", "a"]`. Its refusal lists the platforms there
 * are, more than a hundred bytes: the longest answer that nothing bounds.
 */
const wrong = frameBytes({
  payload: Uint8Array.of(0x97, 1, 9, 1, 0xa1, 0x61, 0xa0, 0xa1, 0x61, 0xa1, 0x61),
});
/** So many answers are more than the buffers of the kernel (4 MB) and of the gateway hold. */
const requests = 50_000;
const flood = Buffer.concat(Array.from({ length: requests }, () => wrong));
const trickle = flood.subarray(0, 200 * wrong.length);

/** They ask and do not read the answers. */
function stopReading(devices: readonly Device[], bytes: Uint8Array): void {
  for (const { attempt } of devices) {
    attempt?.pause();
    attempt?.sendBytes(bytes);
  }
}

async function untilOver(stage: Stage, devices: readonly Device[]): Promise<number> {
  const sessions = new Set(devices.map(({ attempt }) => attempt?.sessionId));
  const sinceMs = performance.now();
  await stage.until(async () => {
    const { records } = await stage.registry();
    return !records.some(({ sessionId }) => sessions.has(sessionId));
  }, 'sessions of clients that do not read to end');
  return Math.round(performance.now() - sinceMs);
}

/** Reads on; how the connection ended. */
async function codeOf(stage: Stage, { attempt }: Device): Promise<number> {
  attempt?.resume();
  await stage.until(() => attempt?.closeCode !== undefined, 'the end of a connection');
  return attempt?.closeCode ?? 0;
}

/** F16: clients stop reading. Some ask on, until what they do not read is too much; others are kicked meanwhile. */
export const slowConsumer: Fault = {
  id: 'F16',
  name: 'clients stop reading: some owe too much, others are kicked meanwhile',
  holds:
    'a slow client ends within 5 s, with 4002 or cut; a kick ends one that does not read; others are served',
  stage: { nodes: 2, sparesNodes: true, flags: ['--sockets-frame-burst', '1000000'] },
  rounds: { full: 4, short: 1 },
  boundMs: 5000,
  breaksSockets: true,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const count = users[stage.form];
    const slow = fleet.devices(`r${round}-slow`, slowUsers[stage.form]);
    const deaf = fleet.devices(`r${round}-deaf`, count);
    await fleet.logInAll([...slow, ...deaf], a);
    stage.fault('clients of node a stop reading');
    stopReading(deaf, trickle);
    const kicks = deaf.map(({ userId }) =>
      fleet.device(userId, { platform: 'android' }).obey(() => b),
    );
    const others = [
      ...fleet.devices(`r${round}-well`, count).map((device) => device.obey(() => b)),
      ...fleet.devices(`r${round}-next`, count).map((device) => device.obey(() => a)),
    ];
    await fleet.logInAll([...kicks, ...others.slice(0, count)], b);
    await fleet.logInAll(others.slice(count), a);
    for (const device of slow) {
      // One after the other: to read so many requests of all at once would keep the node from its lease.
      stopReading([device], flood);
      const tookMs = await untilOver(stage, [device]);
      stage.expect(tookMs < 5000, 'I4', `a slow client was sent away after ${tookMs} ms`);
    }
    const areServed = (): boolean => [...kicks, ...others].every(({ isIn }) => isIn);
    await stage.until(areServed, 'logins beside slow clients');
    const fair: number[] = [closeCodes.slowConsumer.code, 1006];
    for (const device of slow) {
      const code = await codeOf(stage, device);
      stage.expect(fair.includes(code), 'I7', `a slow client saw ${code}`);
    }
    for (const device of deaf) {
      const code = await codeOf(stage, device);
      stage.expect(code === closeCodes.kicked.code, 'I2', `a kicked client saw ${code}`);
    }
  },
};
