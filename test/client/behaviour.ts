import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { describeKicks } from './behaviour/kicks.ts';
import { describeLogin } from './behaviour/login.ts';
import { describePresence } from './behaviour/presence.ts';
import { describeStayingOnline } from './behaviour/staying-online.ts';
import type { ClientHost } from './client-host.ts';
import { ClientStage } from './client-stage.ts';

/**
 * What the SDK promises, wherever it runs: the same suite for Node and for browsers. Everything is real but the network,
 * which the tests cut.
 */
export function describeClient(host: ClientHost): void {
  describe(`the client in ${host.name}`, () => {
    let stage: ClientStage | undefined;
    const present = (): ClientStage => stage as ClientStage;
    beforeAll(async () => {
      stage = await ClientStage.start(host, ['--ticket-grace-s', '2']);
    });
    afterEach(() => stage?.clear());
    afterAll(() => stage?.stop());

    describeLogin(present);
    describeStayingOnline(present);
    describeKicks(present);
    describePresence(present);
  });
}
