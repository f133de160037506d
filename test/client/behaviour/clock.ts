import { describe } from 'vitest';
import { isBack, isIn, out, stateOf, tells, told, type StageTest } from '../client-stage.ts';

const hourMs = 3_600_000;

/** Devices whose clock is wrong: all times that count are the gateway's. */
export function describeClock(it: StageTest): void {
  // Alone, because in Node the clock of one client is that of all.
  describe.sequential('a clock that is wrong', () => {
    it.for([
      ['an hour fast', hourMs],
      ['an hour slow', -hourMs],
    ] as const)(
      '[TICKET-5, TICKET-7, RENEW-1, CLOSE-3] by %s changes nothing of the end of tickets',
      async ([wrong, clockOffMs], { expect, stage }) => {
        const reasons: string[] = [];
        const makeTicket = async ({ reason }: { readonly reason: string }) => {
          reasons.push(reason);
          return stage.ticket(renewing, reasons.length === 1 ? 4 : 3600);
        };
        const [ending, renewing] = [`ada-${wrong.slice(-4)}`, `bao-${wrong.slice(-4)}`];
        const { client } = await stage.place({ clockOffMs });
        const other = await stage.place({ clockOffMs, makeTicket });
        const beganMs = stage.nowMs();
        const userSig = stage.ticket(ending, 3);
        const { ticketEndsAt } = await client.call('login', { userID: ending, userSig });
        await other.client.call('login', { userID: renewing });

        other.proxy.reset();
        await isBack(other.client);
        await expect.poll(() => reasons, { timeout: 15_000 }).toEqual(['login', 'expiring']);
        const { leftMs } = await tells(other.client, 'userSigExpiring');
        expect(Number(leftMs)).toBeLessThanOrEqual(4000);
        other.proxy.reset();
        await isBack(other.client, 2);
        expect(told(other.client, 'error')).toEqual([]);
        expect(await stateOf(other.client)).toEqual(isIn(renewing));
        expect(reasons).toHaveLength(2);

        expect(Math.abs(ticketEndsAt * 1000 - beganMs)).toBeLessThan(10_000);
        expect(await tells(client, 'userSigExpired')).toMatchObject({ graceMs: 2000 });
        await tells(client, 'userSigExpired', 2);
        expect(stage.nowMs() - beganMs).toBeGreaterThan(3000);
        expect(await stateOf(client)).toEqual(out);
        // The test would prove nothing of a client whose clock is right.
        const { atMs } = client.told[0] as (typeof client.told)[number];
        expect(Math.abs(atMs - beganMs - clockOffMs)).toBeLessThan(60_000);
      },
    );
  });
}
