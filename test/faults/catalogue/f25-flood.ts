import { closeCodes } from '../../../protocol/codes.ts';
import { encode } from '../../../protocol/codec.ts';
import { app } from '../../support/deployment.ts';
import { officialTicket } from '../../support/official-ticket.ts';
import { frameBytes } from '../../support/raw-client.ts';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const attackers = { full: 20, short: 4 } as const;
const waves = { full: 10, short: 2 } as const;
const bystanders = { full: 100, short: 20 } as const;
const frames = 10_000;
const slowestMs = 1000;

/** Renewals with a good ticket: the dearest request there is. */
function renewals(userId: string): Buffer {
  const userSig = officialTicket({ ...app, userId });
  const payload = encode({ name: 'renew', seq: 1, userSig }, 'msgpack') as Uint8Array;
  const one = frameBytes({ payload });
  return Buffer.concat(Array.from({ length: frames }, () => one));
}

/** Logs in, floods, is sent away and does it again, whatever the code says. */
async function attack(stage: Stage, device: Device): Promise<void> {
  const bytes = renewals(device.userId);
  for (let wave = 0; wave < waves[stage.form]; wave += 1) {
    await device.logIn(stage.node(0));
    const { attempt } = device;
    attempt?.sendBytes(bytes);
    await stage.until(() => attempt?.closeCode !== undefined, 'the end of a flood');
    // A connection that is closed while it still sends is reset, and the code may be lost with it.
    const isFair = [closeCodes.tooManyFrames.code, 1006].includes(attempt?.closeCode ?? 0);
    stage.expect(isFair, 'I7', `who flooded saw ${attempt?.closeCode}`);
  }
}

/** One after the other renews its ticket; the longest that one waited for its answer, in ms. */
async function renewAll(stage: Stage, devices: readonly Device[]): Promise<number> {
  let longestMs = 0;
  for (const { attempt, userId } of devices) {
    const sinceMs = performance.now();
    const start = stage.log.length;
    attempt?.renew(officialTicket({ ...app, userId }));
    await stage.until(
      () =>
        stage.log
          .from(start)
          .some((event) => event.kind === 'renewed' && event.login === attempt?.login),
      'a renewal beside a flood',
    );
    longestMs = Math.max(longestMs, performance.now() - sinceMs);
  }
  return Math.round(longestMs);
}

/** F25: some clients send frames as fast as they can, and come back when they are sent away. */
export const flood: Fault = {
  id: 'F25',
  name: 'some clients send 10,000 frames at a stretch, and again',
  holds: 'each is closed (4505) after its allowance; the others are answered as ever',
  stage: { sparesNodes: true },
  rounds: { full: 4, short: 1 },
  boundMs: 1000,
  breaksSockets: true,
  async tell(stage, round) {
    const { fleet } = stage;
    const a = stage.node(0);
    const others = fleet.devices(`r${round}-bystander`, bystanders[stage.form]);
    await fleet.logInAll(others, a);
    const framesBefore = await a.metric('gatehouse_ticket_renewals_total');
    stage.fault('clients of node a send all they can');
    const attacks = fleet
      .devices(`r${round}-attacker`, attackers[stage.form])
      .map((device) => attack(stage, device));
    const longestMs = await renewAll(stage, others);
    await Promise.all(attacks);
    stage.expect(longestMs < slowestMs, 'I7', `a bystander waited ${longestMs} ms`);
    const areIn = others.every(({ isIn }) => isIn);
    stage.expect(areIn, 'I7', 'a bystander lost its session');
    const served = (await a.metric('gatehouse_ticket_renewals_total')) - framesBefore;
    const most = 250 * attackers[stage.form] * waves[stage.form] + others.length;
    stage.expect(served <= most, 'I7', `${served} renewals were served`);
    const { detail } = stage;
    detail['bystanderWaitedMs'] = Math.max(detail['bystanderWaitedMs'] ?? 0, longestMs);
    detail['floodServed'] = (detail['floodServed'] ?? 0) + served - others.length;
    detail['floodSent'] =
      (detail['floodSent'] ?? 0) + frames * attackers[stage.form] * waves[stage.form];
  },
};
