import { afterEach, beforeEach } from 'vitest';
import type { FarClient, SetUp } from './client-host.ts';
import { quick } from './client-stage.ts';
import { NodeRoom } from './node-host.ts';
import { ScriptedGateway } from './scripted-gateway.ts';

/** A scripted gateway and clients of it, new for each test. */
export class ScriptedStage {
  readonly room = new NodeRoom();
  #gateway: ScriptedGateway | undefined;

  /** Registers with the test runner what comes before and after each test. */
  static use(): ScriptedStage {
    const stage = new ScriptedStage();
    beforeEach(async () => {
      stage.#gateway = await ScriptedGateway.start();
    });
    afterEach(async () => {
      await stage.room.close();
      await stage.gateway.stop();
    });
    return stage;
  }

  get gateway(): ScriptedGateway {
    if (this.#gateway === undefined) throw new Error('the stage is used outside a test');
    return this.#gateway;
  }

  /** A client that is not logged in yet. */
  place(setUp: Partial<SetUp> = {}): Promise<FarClient> {
    const timing = { ...quick, ...setUp.timing };
    return this.room.open({
      url: this.gateway.url,
      sdkAppId: 1,
      instanceId: 'i',
      ...setUp,
      timing,
    });
  }

  /** The same, logged in as alice. */
  async member(setUp: Partial<SetUp> = {}): Promise<FarClient> {
    const client = await this.place(setUp);
    await client.call('login', { userID: 'alice', userSig: 'ticket' });
    return client;
  }
}
