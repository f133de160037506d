import { expect } from 'vitest';
import type { Timing } from '../../client/settings.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { app, Deployment } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import type { ClientHost, FarClient, SetUp, Told } from './client-host.ts';

/** Short enough for a test, long enough for a busy machine. */
export const quick: Partial<Timing> = {
  connectWithinMs: 3000,
  answerWithinMs: 3000,
  loginWithinMs: 10_000,
  pingAfterMs: 300,
  pongWithinMs: 700,
  backOffFirstMs: 50,
  backOffLongestMs: 400,
  logoutWithinMs: 1000,
};

/** A client behind a network of its own, which the test may harm. */
export interface Placed {
  readonly client: FarClient;
  readonly proxy: FaultProxy;
}

/** Gateways that are real, clients behind proxies, and what tests ask of both. */
export class ClientStage {
  readonly deployment: Deployment;
  readonly host: ClientHost;
  readonly #extra: GatewayProcess[] = [];
  readonly #proxies: FaultProxy[] = [];

  private constructor(deployment: Deployment, host: ClientHost) {
    this.deployment = deployment;
    this.host = host;
  }

  /** Two nodes on a Redis. */
  static async start(host: ClientHost, flags: readonly string[] = []): Promise<ClientStage> {
    return new ClientStage(await Deployment.start({ flags }), host);
  }

  /** One more node beside those of the deployment, or alone with a registry of its own. */
  async node(kind: 'beside' | 'alone', ...flags: readonly string[]): Promise<GatewayProcess> {
    const { redis, env } = this.deployment;
    const place = kind === 'beside' ? ['--redis', redis.url, '--node-name', 'c'] : [];
    const node = await GatewayProcess.start({ flags: [...place, ...flags], env });
    this.#extra.push(node);
    return node;
  }

  ticket(userID: string, expireS = 3600): string {
    return this.deployment.ticket(userID, { expireS });
  }

  /** A client that reaches `node` through a proxy of its own. */
  async place(setUp: Partial<SetUp> = {}, node = this.deployment.a): Promise<Placed> {
    const proxy = await FaultProxy.start(portOf(node));
    this.#proxies.push(proxy);
    const timing = { ...quick, ...setUp.timing };
    const fields = { url: proxy.webSocketUrl, sdkAppId: app.sdkAppId, ...setUp, timing };
    return { client: await this.host.open(fields), proxy };
  }

  /** The same, logged in with a ticket for an hour. */
  async member(userID: string, setUp: Partial<SetUp> = {}, node?: GatewayProcess): Promise<Placed> {
    const placed = await this.place(setUp, node);
    await placed.client.call('login', { userID, userSig: this.ticket(userID) });
    return placed;
  }

  /** Sessions that logins and the back end have ended on both nodes so far. */
  async kicks(): Promise<number> {
    const texts = await Promise.all(
      [this.deployment.a, this.deployment.b].map(async ({ adminUrl }) =>
        (await fetch(`${adminUrl}/metrics`)).text(),
      ),
    );
    const lines = texts.flatMap((text) => text.split('\n'));
    const kicks = lines.filter((line) => line.startsWith('gatehouse_kicks_total{'));
    return kicks.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** After each test: the clients and what stands before them. */
  async clear(): Promise<void> {
    await this.host.close();
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
    await Promise.all(this.#extra.splice(0).map((node) => node.kill()));
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.deployment.stop();
  }
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
  await expect
    .poll(() => told(client, name).length, { timeout: 15_000, message: `${name} ${count} times` })
    .toBeGreaterThanOrEqual(count);
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
