import { answerCodes } from '../../../protocol/codes.ts';
import { joinAsBackEnd, userOf } from '../../support/back-end.ts';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import { subscribers } from '../proxy.ts';
import type { Stage } from '../stage.ts';

const users = { full: 300, short: 60 } as const;

/** The back end revokes the tickets of all these users, at once. */
async function revokeAll(stage: Stage, devices: readonly Device[]): Promise<void> {
  const backEnd = await joinAsBackEnd(stage.redis.url);
  try {
    await Promise.all(
      devices.map(async ({ userId }) => {
        stage.log.append({ kind: 'revoking', userId });
        await backEnd.revoke(userOf(userId));
        stage.log.append({ kind: 'revoked', userId });
      }),
    );
  } finally {
    await backEnd.stop();
  }
}

/** All users are in on node a, which no longer hears; their tickets are revoked while more logins come with them. */
async function revokeUnheard(stage: Stage, round: number): Promise<void> {
  const [a, b] = [stage.node(0), stage.node(1)];
  const { fleet } = stage;
  const count = users[stage.form];
  const devices = (platform: 'ios' | 'android' | 'web'): Device[] =>
    fleet.devices(`r${round}`, count, { platform });
  const old = { issuedAt: Math.floor(Date.now() / 1000) } as const;
  const older = devices('ios');
  await fleet.logInAll(older, a, old);
  stage.fault('the subscriber link of node a is lost without a sign');
  a.redis.lose(subscribers, 'toClient');
  await Promise.all([fleet.logInAll(devices('android'), b, old), revokeAll(stage, older)]);

  const late = await fleet.logInAll(devices('web'), b, old);
  const { code } = answerCodes.ticketInvalid;
  const isRefused = late.every((outcome) => outcome.kind === 'refused' && outcome.code === code);
  stage.expect(isRefused, 'I2', 'a login with a revoked ticket was not refused as one');
  // Another life, and so another ticket, in whatever second.
  const next = await fleet.logInAll(devices('web'), b, { expireS: 86_401 });
  const areIn = next.every(({ kind }) => kind === 'in');
  stage.expect(areIn, 'I10', 'a login with a ticket made after the revocation was refused');
  stage.heal();
}

/** R01: tickets are revoked while a node that holds their sessions cannot be told. */
export const revokedUnheard: Fault = {
  id: 'R01',
  name: 'tickets are revoked while the subscriber link of a node is silent, under logins with them',
  holds: 'their sessions end within 3 s, no later login with them holds, and new tickets work',
  rounds: { full: 10, short: 1 },
  boundMs: 3000,
  tell: revokeUnheard,
};
