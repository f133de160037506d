import { expect, type TestAPI, vi } from 'vitest';
import type { Timing } from '../../client/settings.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { joinAsBackEnd, type BackEndWish } from '../support/back-end.ts';
import { app, Deployment } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { ClientHost, ClientRoom, FarClient, SetUp, Told } from './client-host.ts';

/** Short enough for a test, long enough for a busy machine. */
export const quick: Partial<Timing> = {
  connectWithinMs: 3000,
  answerWithinMs: 3000,
  loginWithinMs: 10_000,
  pingAfterMs: 300,
  pongWithinMs: 1500,
  backOffFirstMs: 50,
  backOffLongestMs: 400,
  logoutWithinMs: 1000,
};

/** Names of nodes of one Redis differ. */
let extraNodes = 0;

/** A client behind a network of its own, which the test may harm. */
export interface Placed {
  readonly client: FarClient;
  readonly proxy: FaultProxy;
}

/** What all tests of a host share: two nodes on a Redis, and the place of the clients. */
export class ClientGround {
  readonly deployment: Deployment;
  readonly host: ClientHost;

  private constructor(deployment: Deployment, host: ClientHost) {
    this.deployment = deployment;
    this.host = host;
  }

  static async start(host: ClientHost, flags: readonly string[] = []): Promise<ClientGround> {
    const env = host.origin === undefined ? {} : { GATEHOUSE_ORIGIN: host.origin };
    return new ClientGround(await Deployment.start({ flags, env }), host);
  }

  async stop(): Promise<void> {
    await this.host.stop();
    await this.deployment.stop();
  }
}

/** One test's own: clients behind proxies, nodes and a Redis beside the shared ones, and what it asks of them. */
export class ClientStage<Room extends ClientRoom = ClientRoom> {
  readonly deployment: Deployment;
  readonly room: Room;
  readonly #extra: { stop(): Promise<unknown> }[] = [];
  readonly #proxies: FaultProxy[] = [];

  constructor(deployment: Deployment, room: Room) {
    this.deployment = deployment;
    this.room = room;
  }

  /** One more node: beside those of the deployment, alone with a registry of its own, or on a Redis of the test's. */
  async node(
    place: 'beside' | 'alone' | RedisServer,
    ...flags: readonly string[]
  ): Promise<GatewayProcess> {
    const { redis, env } = this.deployment;
    const server = place === 'beside' ? redis : place;
    const registry =
      server === 'alone' ? [] : ['--redis', server.url, '--node-name', `c${++extraNodes}`];
    const node = await GatewayProcess.start({ flags: [...registry, ...flags], env });
    this.#extra.unshift({ stop: () => node.kill() });
    return node;
  }

  /** What the app's back end does to users of the shared nodes, or of those on a Redis of the test's. */
  async backEnd(
    redis: RedisServer = this.deployment.redis,
    wish: BackEndWish = {},
  ): Promise<Registry> {
    const backEnd = await joinAsBackEnd(redis.url, wish);
    this.#extra.unshift(backEnd);
    return backEnd;
  }

  /** A Redis that the test may harm. */
  async redis(): Promise<RedisServer> {
    const redis = await startRedis();
    this.#extra.unshift(redis);
    return redis;
  }

  ticket(userID: string, expireS = 3600): string {
    return this.deployment.ticket(userID, { expireS, issuedAt: Math.floor(this.nowMs() / 1000) });
  }

  /** The time by a clock that no test puts wrong. */
  nowMs(): number {
    return performance.timeOrigin + performance.now();
  }

  /** A client that reaches `node` through a proxy of its own; in the room, or on a certain page of it. */
  async place(
    setUp: Partial<SetUp> = {},
    node = this.deployment.a,
    where: Pick<ClientRoom, 'open'> = this.room,
  ): Promise<Placed> {
    const proxy = await FaultProxy.start(portOf(node));
    this.#proxies.push(proxy);
    const timing = { ...quick, ...setUp.timing };
    const fields = { url: proxy.webSocketUrl, sdkAppId: app.sdkAppId, ...setUp, timing };
    return { client: await where.open(fields), proxy };
  }

  /** The same, logged in with a ticket for an hour. */
  async member(
    userID: string,
    setUp: Partial<SetUp> = {},
    node?: GatewayProcess,
    where?: Pick<ClientRoom, 'open'>,
  ): Promise<Placed> {
    const placed = await this.place(setUp, node, where);
    await placed.client.call('login', { userID, userSig: this.ticket(userID) });
    return placed;
  }

  /** After the test: the clients and what stands before them. Throws where the room has complained. */
  async clear(): Promise<void> {
    try {
      await this.room.close();
    } finally {
      await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
      for (const extra of this.#extra.splice(0)) await extra.stop();
    }
  }
}

/** Registers a test that has a stage of its own. */
export type StageTest<Room extends ClientRoom = ClientRoom> = TestAPI<{ stage: ClientStage<Room> }>;

/** Sessions that logins and the back end have ended on these nodes so far. */
export async function kicks(nodes: readonly GatewayProcess[]): Promise<number> {
  const texts = await Promise.all(
    nodes.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()),
  );
  const lines = texts.flatMap((text) => text.split('\n'));
  const counts = lines.filter((line) => line.startsWith('gatehouse_kicks_total{'));
  return counts.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** The port a node serves clients on. */
export function portOf(node: GatewayProcess): number {
  return Number(new URL(node.url).port);
}

/** What a client has told under a name. */
export function told({ told: all }: FarClient, name: Told['name']): Told['event'][] {
  return all.filter((one) => one.name === name).map(({ event }) => event);
}

/** Waits until the client has told something `count` times; gives the last of these events. */
export async function tells(
  client: FarClient,
  name: Told['name'],
  count = 1,
): Promise<Told['event']> {
  // Not expect.poll, which belongs to one test: several run at a time.
  await vi.waitFor(
    () => expect(told(client, name).length, `${name} times`).toBeGreaterThanOrEqual(count),
    { timeout: 15_000, interval: 20 },
  );
  return told(client, name)[count - 1] as Told['event'];
}

/**
 * Time enough for a client that still tries to have tried again: what must not happen has no sign to wait for. Its longest
 * back-off, twice.
 */
export function longerThanAnyWait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2 * (quick.backOffLongestMs as number)));
}

/** For the proxy: every link. */
export const anyLink = (): boolean => true;

/** What a client says of itself. */
export async function stateOf(client: FarClient) {
  return {
    user: await client.call('getLoginUser'),
    status: await client.call('getLoginStatus'),
    isReady: await client.call('isReady'),
  };
}

/** Nobody is logged in. */
export const out = { user: '', status: 'loggedOut', isReady: false };
/** This user is, and calls go through. */
export const isIn = (user: string) => ({ user, status: 'loggedIn', isReady: true });

/** Waits until the client is in again, for the `returns`th time. */
export async function isBack(client: FarClient, returns = 1): Promise<void> {
  const event = await tells(client, 'connected', returns + 1);
  expect(event['isReturn']).toBe(true);
}
