import { answerCodes } from '../../../protocol/codes.ts';
import type { Device } from '../device.ts';
import type { Stamped } from '../events.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const devices = { full: 300, short: 60 } as const;
const logins = { full: 6000, short: 400 } as const;
const bystanders = { full: 200, short: 30 } as const;
/** The defaults of `evictions`. */
const allowance = { burst: 10, perMinute: 6 } as const;

/** Logs in, and when it is kicked or refused logs in again at once, as if its user had asked. */
async function fight(stage: Stage, device: Device, mayGoOn: () => boolean): Promise<void> {
  while (mayGoOn()) {
    const outcome = await device.logIn(stage.anyNode());
    const { attempt } = device;
    if (outcome.kind === 'refused') attempt?.cut();
    else if (outcome.kind === 'in') {
      await stage.until(() => !device.isIn || !mayGoOn(), 'the next kick');
    }
  }
}

/** A victim is told by a frame, by the answer to its own login where the kick overtakes that, or by both. */
function kicksIn(events: readonly Stamped[]): number {
  const kicked = new Set<number>();
  for (const event of events) {
    if (event.kind === 'kicked') kicked.add(event.login);
    if (event.kind === 'refused' && event.code === answerCodes.kickedOffByOther.code) {
      kicked.add(event.login);
    }
  }
  return kicked.size;
}

/** F26: hundreds of devices of one user fight for one place and obey no code. */
export const kickWar: Fault = {
  id: 'F26',
  name: 'hundreds of devices of one user kick one another and obey nothing',
  holds:
    'at most 10 kicks and 6 a minute; every refusal says when to come back; others log in as ever',
  stage: { nodes: 3, sparesNodes: true },
  rounds: { full: 2, short: 1 },
  boundMs: 1000,
  async tell(stage, round) {
    const { fleet, detail } = stage;
    const userId = `r${round}-shared`;
    const start = stage.log.length;
    let left: number = logins[stage.form];
    stage.fault(`${devices[stage.form]} devices of ${userId} fight`);
    const sinceMs = performance.now();
    const war = Array.from({ length: devices[stage.form] }, () =>
      fight(stage, fleet.device(userId), () => left-- > 0),
    );
    const others = fleet.devices(`r${round}-bystander`, bystanders[stage.form]);
    const outcomes = await fleet.logInAll(others, stage.node(0));
    await Promise.all(war);
    const seconds = (performance.now() - sinceMs) / 1000;
    const areIn = outcomes.every(({ kind }) => kind === 'in');
    stage.expect(areIn, 'I10', 'a login beside a kick war was refused');
    const kicks = kicksIn(stage.log.from(start));
    const most = allowance.burst + Math.ceil((seconds * allowance.perMinute) / 60) + 1;
    stage.expect(kicks <= most, 'I3', `a kick war had ${kicks} kicks in ${seconds} s`);
    stage.expect(kicks >= allowance.burst, 'I3', `a kick war had only ${kicks} kicks`);
    detail['kicks'] = (detail['kicks'] ?? 0) + kicks;
    detail['warSeconds'] = Math.round((detail['warSeconds'] ?? 0) + seconds);
  },
};
