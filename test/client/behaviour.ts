import { afterAll, beforeAll, describe, it as plain } from 'vitest';
import { describeClock } from './behaviour/clock.ts';
import { describeKicks } from './behaviour/kicks.ts';
import { describeLogin } from './behaviour/login.ts';
import { describePresence } from './behaviour/presence.ts';
import { describePushes } from './behaviour/pushes.ts';
import { describeStayingOnline } from './behaviour/staying-online.ts';
import type { ClientHost, ClientRoom } from './client-host.ts';
import { ClientGround, ClientStage, type StageTest } from './client-stage.ts';

/**
 * What the SDK promises, wherever it runs: the same suite for Node and for browsers. Everything is real but the network,
 * which the tests cut. They run several at a time, each with users and clients of its own.
 * @param more adds tests that only this host can pass
 */
export function describeClient<Room extends ClientRoom>(
  host: ClientHost<Room>,
  more: (it: StageTest<Room>) => void = () => undefined,
): void {
  describe.concurrent(`the client in ${host.name}`, () => {
    let ground: ClientGround | undefined;
    beforeAll(async () => {
      ground = await ClientGround.start(host, ['--ticket-grace-s', '2']);
    });
    afterAll(() => ground?.stop());
    const it: StageTest<Room> = plain.extend<{ stage: ClientStage<Room> }>({
      stage: async ({ onTestFinished }, use) => {
        const { deployment } = ground as ClientGround;
        const stage = new ClientStage(deployment, await host.room());
        onTestFinished(() => stage.clear());
        await use(stage);
      },
    });

    const common = it as unknown as StageTest;
    describeLogin(common);
    describeStayingOnline(common);
    describeKicks(common);
    describePresence(common);
    describePushes(common);
    more(it);
    describeClock(common);
  });
}
