import { setTimeout as delay } from 'node:timers/promises';
import { decodeServerFrame, encode } from '../../protocol/codec.ts';
import { startRedis, type RedisServer } from '../../test/support/redis-server.ts';
import { maskedMessage, type BenchApp } from '../generator/frames.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { Crowd } from './crowd.ts';
import { statusOf, type Deliveries } from './deliveries.ts';
import { userIdOf, watcherIdOf } from './groups.ts';
import type { PresenceResult, PresenceSettings } from './result.ts';
import type { Scene } from './scene.ts';
import { watchAll } from './watching.ts';

const restMs = 3000;

/** The servers of the scene and who is logged in there. */
interface SceneParts {
  readonly redis: RedisServer;
  readonly nodeA: MeasuredProcess;
  readonly teller: MeasuredProcess;
  readonly users: Crowd;
  readonly watchers: Crowd;
  readonly watches: PresenceResult['watches'];
}

/** Two nodes on a Redis of their own: users on node A, who are watched from node B. */
export class GatewayScene implements Scene {
  readonly redis: RedisServer;
  readonly nodeA: MeasuredProcess;
  /** Node B. */
  readonly teller: MeasuredProcess;
  readonly watches: PresenceResult['watches'];
  /** What the nodes ask of Redis while nothing changes: calls a second, by name. */
  upkeepPerSecond: ReadonlyMap<string, number> = new Map();
  /** CPU time of node B at rest, in microseconds a second. */
  restUsPerSecond = 0;
  readonly #users: Crowd;
  readonly #watchers: Crowd;
  #refused = 0;

  private constructor(parts: SceneParts) {
    this.redis = parts.redis;
    this.nodeA = parts.nodeA;
    this.teller = parts.teller;
    this.watches = parts.watches;
    this.#users = parts.users;
    this.#watchers = parts.watchers;
    this.#users.onMessage = (payload) => {
      const decoded = decodeServerFrame(payload, 'msgpack');
      if (decoded.kind !== 'frame' || decoded.frame.name !== 'statusSet') this.#refused += 1;
    };
  }

  /** Starts all of it, logs all in and makes the watches; `show` hears what is being done. */
  static async start(
    settings: PresenceSettings,
    app: BenchApp,
    show: (stage: string) => void,
  ): Promise<GatewayScene> {
    const redis = await startRedis();
    const nodes: MeasuredProcess[] = [];
    try {
      for (const name of ['a', 'b']) nodes.push(await startNode(name, settings, app, redis));
      const [nodeA, teller] = nodes as [MeasuredProcess, MeasuredProcess];
      show('logs users and watchers in');
      const users = await logIn(app, nodeA, settings.users, userIdOf);
      const watchers = await logIn(app, teller, settings.watchers, watcherIdOf);
      const before = await teller.memory();
      show('makes the watches');
      const count = await watchAll(settings, watchers);
      const after = await teller.memory();
      const heap = (it: typeof before): number => it.heapUsedBytes + it.externalBytes;
      const watches = {
        count,
        rssBytesEach: (after.rssBytes - before.rssBytes) / count,
        heapBytesEach: (heap(after) - heap(before)) / count,
      };
      const scene = new GatewayScene({ redis, nodeA, teller, users, watchers, watches });
      show('looks at the upkeep');
      await scene.rest();
      return scene;
    } catch (error) {
      for (const node of nodes) await node.kill();
      await redis.stop();
      throw error;
    }
  }

  /** How often Redis has run each command, those inside scripts as well. */
  async commands(): Promise<ReadonlyMap<string, number>> {
    const text = await this.redis.cli('INFO', 'commandstats');
    const lines = text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm);
    return new Map([...lines].map(([, name = '', calls]) => [name, Number(calls)] as const));
  }

  /** Looks at the upkeep for a while. */
  async rest(): Promise<void> {
    const before = await this.commands();
    const cpuBeforeUs = this.teller.cpuUs;
    await delay(restMs);
    this.restUsPerSecond = ((this.teller.cpuUs - cpuBeforeUs) * 1000) / restMs;
    const after = await this.commands();
    const perSecond = (name: string, calls: number): number =>
      ((calls - (before.get(name) ?? 0)) * 1000) / restMs;
    this.upkeepPerSecond = new Map(
      [...after].map(([name, calls]) => [name, perSecond(name, calls)] as const),
    );
  }

  countIn(deliveries: Deliveries): void {
    this.#watchers.onMessage = (payload) => deliveries.received(payload);
  }

  change(change: number): void {
    const customStatus = statusOf(change);
    const frame = encode({ name: 'setStatus', seq: change + 2, customStatus }, 'msgpack');
    const { sockets } = this.#users;
    sockets[change % sockets.length]?.write(maskedMessage(2, frame as Uint8Array));
  }

  get failures(): number {
    return this.#refused + this.#users.lostCount + this.#watchers.lostCount;
  }

  async stop(): Promise<void> {
    this.#users.cut();
    this.#watchers.cut();
    await this.nodeA.kill();
    await this.teller.kill();
    await this.redis.stop();
  }
}

function startNode(
  name: string,
  settings: PresenceSettings,
  app: BenchApp,
  redis: RedisServer,
): Promise<MeasuredProcess> {
  const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--node-name', name];
  const wanted = ['--app', `${app.sdkAppId}:${app.secret}`, '--redis', redis.url];
  // A watcher of this bench watches more, and asks faster, than the defaults let one.
  const bounds = [
    '--presence-watches-per-session',
    String(Math.max(200, settings.users)),
    '--presence-max-calls',
    '100000',
  ];
  const words = ['start', ...listen, ...wanted, ...bounds, '--log-format', 'json'];
  const script = new URL('../../gateway/main.js', import.meta.url);
  return MeasuredProcess.start(script, [...words, '--transport', 'uws']);
}

function logIn(
  app: BenchApp,
  { port }: MeasuredProcess,
  count: number,
  idOf: (i: number) => string,
): Promise<Crowd> {
  const userIds = Array.from({ length: count }, (_, i) => idOf(i));
  return Crowd.logIn(app, userIds, { host: '127.0.0.1', port });
}
