import type { Frame } from '../../protocol/frames.ts';
import { FrameClient, type FrameClientOptions } from './frame-client.ts';
import { GatewayProcess } from './gateway-process.ts';
import { officialTicket, type TicketOrder } from './official-ticket.ts';
import { startRedis, type RedisServer } from './redis-server.ts';

/** The app of every deployment, and another one that it serves as well. */
export const app = { sdkAppId: 1_400_000_001, secret: 'canary-key-of-the-first-app-0123456789ab' };
export const otherApp = {
  sdkAppId: 1_400_000_002,
  secret: 'canary-key-of-the-second-app-ba9876543210',
};

/** How a deployment is set up. */
export interface DeploymentOptions {
  /** Gateway processes; 2 if left out. */
  readonly nodes?: 1 | 2;
  /** `embedded`: one process without Redis, which then is node a and node b. */
  readonly registry?: 'redis' | 'embedded';
  /** Flags behind `start`, the same for all nodes. */
  readonly flags?: readonly string[];
  /** More environment; GATEHOUSE_APP names the two apps unless the flags name a file. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A connection with a login. */
export interface Member {
  readonly client: FrameClient;
  readonly session: Frame<'loggedIn'>;
  /** The fields it logged in with. */
  readonly login: Omit<Frame<'login'>, 'seq' | 'name'>;
}

/** A real Redis and gateway processes on it, or one alone, with the tickets and clients to go with them. */
export class Deployment {
  readonly #redis: RedisServer | undefined;
  /** The environment its nodes were started with, for further ones. */
  readonly env: Readonly<Record<string, string>>;
  readonly #nodes: readonly GatewayProcess[];
  #members = 0;

  private constructor(
    redis: RedisServer | undefined,
    nodes: readonly GatewayProcess[],
    env: Readonly<Record<string, string>>,
  ) {
    this.#redis = redis;
    this.env = env;
    this.#nodes = nodes;
  }

  /** Starts all of it; resolves when every node is ready. */
  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const { nodes: count = 2, flags = [], env = {} } = options;
    const redis = options.registry === 'embedded' ? undefined : await startRedis();
    const names = ['a', 'b'].slice(0, redis === undefined ? 1 : count);
    const registry = redis === undefined ? [] : ['--redis', redis.url];
    const apps = [app, otherApp].map(({ sdkAppId, secret }) => `${sdkAppId}:${secret}`).join(',');
    const nodeEnv = flags.includes('--config') ? env : { GATEHOUSE_APP: apps, ...env };
    const started = await Promise.allSettled(
      names.map((name) =>
        GatewayProcess.start({
          flags: [...registry, '--node-name', name, ...flags],
          env: nodeEnv,
        }),
      ),
    );
    const nodes = started.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : []));
    const deployment = new Deployment(redis, nodes, nodeEnv);
    const failed = started.find((node) => node.status === 'rejected');
    if (failed === undefined) return deployment;
    await deployment.stop();
    throw failed.reason;
  }

  get redis(): RedisServer {
    if (this.#redis === undefined) throw new Error('this deployment has no Redis');
    return this.#redis;
  }

  /** The first node. */
  get a(): GatewayProcess {
    return this.#nodes[0] as GatewayProcess;
  }

  /** The second node; without Redis the only one. */
  get b(): GatewayProcess {
    return (this.#redis === undefined ? this.a : this.#nodes[1]) as GatewayProcess;
  }

  /** A good ticket of the app's, made by Tencent's library, unless the order says otherwise. */
  ticket(userId: string, order: Partial<TicketOrder> = {}): string {
    return officialTicket({ ...app, userId, ...order });
  }

  /** A connection on which nobody is logged in. */
  connect(node: GatewayProcess, options?: FrameClientOptions): Promise<FrameClient> {
    return FrameClient.connect(node.url, options);
  }

  /**
   * A connection on which `userId` is logged in: a new instance on the web unless the fields say otherwise.
   * Rejects when the login is refused.
   */
  async member(
    node: GatewayProcess,
    userId: string,
    fields: Partial<Member['login']> = {},
    options?: FrameClientOptions,
  ): Promise<Member> {
    const client = await this.connect(node, options);
    const login = this.loginOf(userId, fields);
    const reply = await client.login(login);
    if (reply.name !== 'loggedIn') throw new Error(`login refused: ${JSON.stringify(reply)}`);
    return { client, session: reply, login };
  }

  /** The fields of a login of `userId`, by default from a new instance on the web with a good ticket. */
  loginOf(userId: string, fields: Partial<Member['login']> = {}): Member['login'] {
    return {
      sdkAppId: app.sdkAppId,
      userId,
      userSig: fields.userSig ?? this.ticket(userId),
      instanceId: `${userId}-instance-${++this.#members}`,
      platform: 'web',
      automatic: false,
      client: 'gatehouse-test',
      afterPush: 0,
      ...fields,
    };
  }

  /** The sessionIds the registry holds for a user. */
  async registered(userId: string): Promise<string[]> {
    return (await this.records(userId)).map(({ sessionId }) => sessionId).sort();
  }

  /** The sessions of a user as they stand in Redis; `isNewest`: no login of the user came after it. */
  async records(userId: string): Promise<{ sessionId: string; isNewest: boolean }[]> {
    const keys = await this.redis.call('KEYS', `*:user:${app.sdkAppId}:${userId}`);
    const [key] = keys as string[];
    if (key === undefined) return [];
    const flat = (await this.redis.call('HGETALL', key)) as string[];
    const sessions: { sessionId: string; epoch: number }[] = [];
    // Of those that were kicked as well: where the record's own epoch comes from nobody can tell.
    const epochs: number[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const [kind, words] = [flat[i]?.slice(0, 2), flat[i + 1]?.split(' ') ?? []];
      if (kind === 's:') sessions.push({ sessionId: words[0] ?? '', epoch: Number(words[3]) });
      if (kind === 's:') epochs.push(Number(words[3]));
      if (kind === 'k:') epochs.push(Number(words[5]));
    }
    const newest = Math.max(...epochs);
    return sessions.map(({ sessionId, epoch }) => ({ sessionId, isNewest: epoch === newest }));
  }

  /** Ends every process. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.#redis?.stop();
  }
}
