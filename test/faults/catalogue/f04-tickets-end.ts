import type { Fault } from '../fault.ts';
import { readRegistry } from '../registry-view.ts';
import type { Stage } from '../stage.ts';

const users = { full: 3000, short: 150 } as const;
/** Until the tickets end: all are in by then, and Redis has gone. */
const ticketS = { full: 20, short: 3 } as const;
/** So few that they log in within a moment, and all tickets can end in the same one. */
const atOnce = 100;
const dayS = 86_400;

/**
 * Very many tickets end within a second while Redis is silent. One user in three renews in time, one after its end was
 * told, and one not at all.
 */
export const ticketsEnd: Fault = {
  id: 'F04-tickets',
  name: 'tickets end by the thousand while Redis hangs (SIGSTOP)',
  holds: 'every end is told within 1 s, renewals are taken and reach the registry within 5 s after',
  stage: { flags: ['--ticket-grace-s', '2'] },
  rounds: { full: 2, short: 1 },
  boundMs: 5000,
  async tell(stage, round) {
    const { fleet } = stage;
    const devices = fleet.devices(`r${round}`, users[stage.form]);
    const endsAtS = Math.floor(Date.now() / 1000) + ticketS[stage.form];
    for (let n = 0; n < devices.length; n += atOnce) {
      const expireS = endsAtS - Math.floor(Date.now() / 1000);
      await fleet.logInAll(devices.slice(n, n + atOnce), stage.node(0), { expireS });
    }
    stage.fault('Redis stands still');
    stage.redis.pause();
    const early = devices.filter((_, n) => n % 3 === 0);
    const late = devices.filter((_, n) => n % 3 === 1);
    for (const device of early) device.renew(dayS);
    await stage.until(() => early.every(({ attempt }) => attempt?.hasRenewed), 'early renewals');
    const ending = devices.filter((_, n) => n % 3 !== 0);
    await stage.until(() => ending.every(({ attempt }) => attempt?.hasExpired), 'ends of tickets');
    for (const device of late) device.renew(dayS);
    await stage.until(() => late.every(({ attempt }) => attempt?.hasRenewed), 'late renewals');
    await stage.until(() => ending.every(({ isIn }, n) => isIn === (n % 2 === 0)), 'ends');
    stage.redis.resume();
    stage.heal();
    await stage.until(() => areRenewed(stage), 'renewals in the registry');
  },
};

/** Whether all that the registry holds goes on after this story. */
async function areRenewed(stage: Stage): Promise<boolean> {
  const { records } = await readRegistry(await stage.store.primaries());
  const soonS = Date.now() / 1000 + dayS / 2;
  return records.every(({ ticketEndsAt }) => ticketEndsAt > soonS);
}
