import { randomBytes } from 'node:crypto';
import { newAdminKey } from '../../gateway/access/admin-key.ts';
import { startRedis, type RedisServer } from '../../test/support/redis-server.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import type { Site } from './site.ts';

/** What gateways a bench starts. */
export interface OwnSiteOrder {
  readonly nodes: number;
  readonly transport: 'uws' | 'ws';
  readonly registry: 'redis' | 'memory';
  /** More flags for each. */
  readonly gatewayFlags: readonly string[];
}

/** Starts a redis-server and gateways for an app whose key is made anew; ends what it started when one does not come up. */
export async function startOwnSite(order: OwnSiteOrder): Promise<Site> {
  const app = { sdkAppId: 1_400_000_001, secret: randomBytes(32).toString('hex') };
  const key = newAdminKey();
  const redis = order.registry === 'redis' ? await startRedis() : undefined;
  const nodes: MeasuredProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes) await node.kill();
    await redis?.stop();
  };
  try {
    for (let i = 0; i < order.nodes; i++) {
      const words = wordsOf(order, redis, `node-${i + 1}`);
      const script = new URL('../../gateway/main.js', import.meta.url);
      nodes.push(
        await MeasuredProcess.start(script, [...words, '--app', `${app.sdkAppId}:${app.secret}`], {
          env: { GATEHOUSE_ADMIN_KEY: key },
        }),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const targets = nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  const admin = { urls: nodes.map(({ adminUrl }) => adminUrl), key };
  return { app, targets, admin, nodes, redis, stop };
}

function wordsOf(
  { transport, gatewayFlags }: OwnSiteOrder,
  redis: RedisServer | undefined,
  name: string,
): string[] {
  const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--node-name', name];
  const store = redis === undefined ? [] : ['--redis', redis.url];
  const kind = ['--transport', transport, '--log-format', 'json'];
  // The bench is one back end that calls as fast as it was told to.
  const calls = ['--rest-calls-per-s', '1000000'];
  return ['start', ...listen, ...store, ...kind, ...calls, ...gatewayFlags];
}
