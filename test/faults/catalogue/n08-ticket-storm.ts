import { closeCodes } from '../../../protocol/codes.ts';
import { app } from '../../support/deployment.ts';
import { officialTicket } from '../../support/official-ticket.ts';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const clients = { full: 15_000, short: 500 } as const;
const graceS = { full: 10, short: 2 } as const;
/** Behind the last login, when all tickets end. */
const leftS = { full: 20, short: 2 } as const;

function renew({ attempt, userId }: Device, endsAt: number): void {
  const expireS = endsAt - Math.floor(Date.now() / 1000);
  attempt?.renew(officialTicket({ ...app, userId, expireS }));
}

/** Waits for so many events of a kind since `start`. */
async function seen(stage: Stage, kind: 'renewed' | 'expired', count: number, start: number) {
  let [found, from] = [0, start];
  await stage.until(() => {
    const events = stage.log.from(from);
    from += events.length;
    found += events.filter((event) => event.kind === kind).length;
    return found >= count;
  }, `${count} tickets to be ${kind}`);
}

/** N8: all tickets of a node end in the same second, while it is cut off from Redis. */
export const ticketStorm: Fault = {
  id: 'N08',
  name: 'all tickets of a node end in one second while it is cut off from Redis',
  holds: 'every client is told within 1 s; who renews stays, the others are closed after the grace',
  stage: {
    nodes: 1,
    // The default level of the log: a line for each session would be read by the clients' own process.
    flags: ['--ticket-warn-s', '0', '--log-level', 'info'],
    flagsOf: {
      full: ['--ticket-grace-s', String(graceS.full)],
      short: ['--ticket-grace-s', String(graceS.short)],
    },
  },
  rounds: { full: 1, short: 1 },
  // So many records are read, and so many connections ended, by the one process of the bench.
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet, detail } = stage;
    const [a, count] = [stage.node(0), clients[stage.form]];
    const devices = fleet.devices(`r${round}`, count);
    await fleet.logInAll(devices, a);
    const endsAt = Math.ceil(Date.now() / 1000) + leftS[stage.form];
    const start = stage.log.length;
    for (const device of devices) renew(device, endsAt);
    await seen(stage, 'renewed', count, start);
    stage.fault('node a is cut off from Redis');
    a.redis.stall();
    await seen(stage, 'expired', count, start);
    for (const event of stage.log.from(start)) {
      if (event.kind !== 'expired') continue;
      detail['latestMs'] = Math.max(detail['latestMs'] ?? 0, Math.round(event.lateMs));
    }
    const [stay, go] = [devices.slice(0, count / 2), devices.slice(count / 2)];
    const expired = stage.log.length;
    for (const device of stay) renew(device, endsAt + 86_400);
    await seen(stage, 'renewed', stay.length, expired);
    await stage.until(() => go.every(({ attempt }) => attempt?.closeCode !== undefined), 'closes');
    const wrong = go.filter(({ attempt }) => attempt?.closeCode !== closeCodes.ticketExpired.code);
    stage.expect(wrong.length === 0, 'I5', `${wrong.length} clients were not closed with 4502`);
    stage.heal();
  },
};
