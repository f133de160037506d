import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app } from '../support/deployment.ts';
import { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { officialTicket } from '../support/official-ticket.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisSentinel } from '../support/redis-sentinel.ts';

const kinds = [
  ['Sentinels', () => RedisSentinel.start()],
  ['a Cluster', () => RedisCluster.start()],
] as const;

describe.each(kinds)('two nodes on %s', (_name, start) => {
  let redis: RedisSentinel | RedisCluster;
  let nodes: readonly GatewayProcess[] = [];
  beforeAll(async () => {
    redis = await start();
    nodes = await Promise.all(
      ['a', 'b'].map((name) =>
        GatewayProcess.start({
          flags: ['--redis', redis.url, '--node-name', name],
          env: { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}` },
        }),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await redis?.stop();
  });

  async function member(node: GatewayProcess | undefined, userId: string): Promise<FrameClient> {
    const client = await FrameClient.connect(node?.url ?? '');
    const userSig = officialTicket({ ...app, userId });
    const reply = await client.login({ sdkAppId: app.sdkAppId, userId, userSig });
    expect(reply).toMatchObject({ name: 'loggedIn' });
    return client;
  }

  it('are ready', async () => {
    for (const { adminUrl } of nodes) {
      expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
    }
  });

  it('[KICK-1, KICK-2] kick a web page for one on the other node, wherever the record lies', async () => {
    const [a, b] = nodes;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const userId = `user-${i}`;
        const first = await member(i % 2 === 0 ? a : b, userId);
        const second = await member(i % 2 === 0 ? b : a, userId);
        expect(await first.next('kicked')).toMatchObject({ kickType: 'multipleAccount' });
        expect(await first.closed()).toBe(4500);
        expect(await second.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
      }),
    );
  });
});
