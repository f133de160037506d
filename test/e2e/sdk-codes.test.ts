import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Client } from '../../client/client.ts';
import { GatehouseError } from '../../client/gatehouse-error.ts';
import { createClient } from '../../client/index.ts';
import type { ClientOptions } from '../../client/settings.ts';
import { MemoryStore } from '../../client/store.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { app } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { officialTicket } from '../support/official-ticket.ts';

/** A browser or a disk that takes nothing any more. */
class FullStore extends MemoryStore {
  override saveConversations(): Promise<void> {
    return Promise.reject(new Error('QuotaExceededError'));
  }
}

describe('a code that the SDK alone raises', () => {
  let node: GatewayProcess;
  let proxy: FaultProxy;
  beforeAll(async () => {
    const env = { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}` };
    node = await GatewayProcess.start({ flags: ['--policy', 'multi'], env });
    proxy = await FaultProxy.start(Number(new URL(node.url).port));
  });
  afterAll(async () => {
    await proxy?.stop();
    await node?.kill();
  });

  const userSig = (): string => officialTicket({ ...app, userId: 'alice', expireS: 3600 });

  function make(options: Partial<ClientOptions> = {}): Client {
    const { sdkAppId } = app;
    const client = createClient({ url: proxy.webSocketUrl, sdkAppId, WebSocket, ...options });
    onTestFinished(() => {
      client.destroy();
      proxy.heal();
    });
    return client;
  }

  async function online(options?: Partial<ClientOptions>): Promise<Client> {
    const client = make(options);
    await client.login({ userID: 'alice', userSig: userSig() });
    return client;
  }

  it('[2998] is what a client gets where there is no WebSocket', () => {
    vi.stubGlobal('WebSocket', undefined);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    const { url } = node;
    const bare = () => createClient({ url, sdkAppId: app.sdkAppId });
    expect(bare).toThrow(GatehouseError);
    expect(bare).toThrow(expect.objectContaining({ code: 2998, name: 'noWebSocket' }));
  });

  it('[6012] is what a call gets that nobody answers in time', async () => {
    const client = await online({ timing: { answerWithinMs: 300 } });
    proxy.stall();
    await expect(client.query(['bob'])).rejects.toMatchObject({ code: 6012, retryable: true });
    proxy.heal();
    expect((await client.query(['bob'])).statuses).toHaveLength(1);
  });

  it('[6013] is what every call of a destroyed client gets', async () => {
    const client = await online();
    client.destroy();
    const login = client.login({ userID: 'alice', userSig: userSig() });
    await expect(login).rejects.toMatchObject({ code: 6013, retryable: false });
    await expect(client.logout()).rejects.toMatchObject({ code: 6013 });
  });

  it('[6019] is what the calls of a store get that fails, with the reason', async () => {
    const client = await online({ store: new FullStore() });
    const save = client.saveConversationList([{ conversationId: 'c', updatedAtMs: 1, data: 1 }]);
    const cause = new Error('QuotaExceededError');
    await expect(save).rejects.toMatchObject({ code: 6019, retryable: false, cause });
    expect(client.isReady()).toBe(true);
  });

  it('[6200] is what calls get while the link is being mended', async () => {
    const client = await online({ timing: { backOffFirstMs: 50, backOffLongestMs: 100 } });
    const lost = client.once('disconnected');
    proxy.refuse();
    proxy.reset();
    await lost;
    await expect(client.query(['bob'])).rejects.toMatchObject({ code: 6200, retryable: true });
    const back = client.once('connected');
    proxy.heal();
    expect(await back).toMatchObject({ isReturn: true });
    expect((await client.query(['bob'])).statuses).toHaveLength(1);
  });

  it('[6201] is what a call gets whose link breaks under it', async () => {
    const client = await online();
    proxy.stall();
    const call = client.query(['bob']);
    proxy.reset();
    await expect(call).rejects.toMatchObject({ code: 6201, retryable: true });
  });

  it('[6226] is what a login gets whose getTicket fails, and one whose user has none any more', async () => {
    const cause = new Error('the back end answers 502');
    const login = make().login({ userID: 'alice', getTicket: () => Promise.reject(cause) });
    await expect(login).rejects.toMatchObject({ code: 6226, retry: 'newTicket', cause });
    const over = make().login({ userID: 'alice', getTicket: () => Promise.resolve(null) });
    await expect(over).rejects.toMatchObject({ code: 6226, retryAfterMs: 0 });
  });

  it('[9511] is what a login gets at an address that the gateway refuses', async () => {
    const login = make({ url: `${node.url}/no/such/path` }).login({
      userID: 'alice',
      userSig: userSig(),
    });
    await expect(login).rejects.toMatchObject({ code: 9511, retryable: false });
  });
});
