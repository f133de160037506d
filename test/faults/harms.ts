import { setTimeout as delay } from 'node:timers/promises';
import { commanders, subscribers } from './proxy.ts';
import type { StageNode } from './stage-node.ts';
import type { Stage } from './stage.ts';

/** Which part of a node is harmed. */
type Place = 'the links to Redis' | 'the door' | 'the process';

/** A harm of a node, for a while. */
interface NodeHarm {
  readonly words: string;
  readonly place: Place;
  /** Established sockets of clients may break. */
  readonly breaksSockets?: true;
  /** It has happened as soon as it has begun: it lasts for no time. */
  readonly isInstant?: true;
  readonly begin: (node: StageNode) => void | Promise<void>;
  /** Undoes it. */
  readonly end: (node: StageNode) => void | Promise<void>;
}

/** Bytes of a command link behind which it breaks off: in the midst of a command or of an answer. */
const midwayBytes = 20_000;
const slowMs = 150;

const toRedis = (words: string, begin: NodeHarm['begin']): NodeHarm => ({
  words,
  place: 'the links to Redis',
  begin,
  end: ({ redis }) => redis.heal(),
});

const toClients = (words: string, begin: NodeHarm['begin']): NodeHarm => ({
  words,
  place: 'the door',
  begin,
  end: ({ door }) => door.heal(),
});

const atOnce = (harm: NodeHarm): NodeHarm => ({ ...harm, isInstant: true });
const breaking = (harm: NodeHarm): NodeHarm => ({ ...harm, breaksSockets: true });

const harmsOfNodes = {
  stall: toRedis('its links to Redis stall', ({ redis }) => redis.stall()),
  commandsStall: toRedis('its commands to Redis stall', ({ redis }) =>
    redis.stall(commanders, 'toServer'),
  ),
  answersStall: toRedis('the answers of Redis to it stall', ({ redis }) =>
    redis.stall(commanders, 'toClient'),
  ),
  commandsLost: atOnce(
    toRedis('its command links are lost without a sign', ({ redis }) => redis.lose(commanders)),
  ),
  deaf: atOnce(
    toRedis('its subscriber link is lost without a sign', ({ redis }) =>
      redis.lose(subscribers, 'toClient'),
    ),
  ),
  subscriberStalls: toRedis('what it is told by its subscriber link stalls', ({ redis }) =>
    redis.stall(subscribers, 'toClient'),
  ),
  unsubscribed: toRedis('its subscriber link is reset, new links are refused', ({ redis }) => {
    redis.refuse();
    redis.reset(subscribers);
  }),
  blackhole: toRedis('its links to Redis swallow everything', ({ redis }) => redis.blackhole()),
  cutOff: toRedis('its links to Redis are cut, new ones refused', ({ redis }) => {
    redis.refuse();
    redis.cut();
  }),
  reset: atOnce(toRedis('its links to Redis are reset', ({ redis }) => redis.reset())),
  cutMidway: toRedis('its links to Redis break off in the midst of an answer', ({ redis }) =>
    redis.cutAfter(midwayBytes, commanders, 'toClient'),
  ),
  slow: toRedis(`its links to Redis are ${slowMs} ms slow each way`, ({ redis }) =>
    redis.delay(() => slowMs),
  ),
  drip: toRedis('its links to Redis drip', ({ redis }) => redis.drip({ bytes: 64, everyMs: 5 })),
  doorStalls: toClients('its links to clients stall', ({ door }) => door.stall()),
  clientsUnheard: toClients('what clients say to it stalls', ({ door }) =>
    door.stall(undefined, 'toServer'),
  ),
  unheardByClients: toClients('what it says to clients stalls', ({ door }) =>
    door.stall(undefined, 'toClient'),
  ),
  doorSlow: toClients(`its links to clients are ${slowMs} ms slow each way`, ({ door }) =>
    door.delay(() => slowMs),
  ),
  doorCut: breaking(atOnce(toClients('its links to clients are cut', ({ door }) => door.cut()))),
  doorReset: breaking(
    atOnce(toClients('its links to clients are reset', ({ door }) => door.reset())),
  ),
  doorRefuses: breaking(
    toClients('its links to clients are reset, new ones refused', ({ door }) => {
      door.refuse();
      door.reset();
    }),
  ),
  pause: {
    words: 'it stands still (SIGSTOP)',
    place: 'the process',
    begin: (node) => node.pause(),
    end: (node) => node.resume(),
  },
  kill: {
    words: 'it dies (kill -9)',
    place: 'the process',
    begin: (node) => node.kill(),
    end: (node) => node.start(),
  },
  clock: {
    words: 'its clock is put forward',
    place: 'the process',
    isInstant: true,
    begin: ({ process }) => process.signal('SIGWINCH'),
    end: () => undefined,
  },
} satisfies Readonly<Record<string, NodeHarm>>;

/** What can be done to a node, the simplest harm of a kind first: a schedule shrinks towards it. */
export type NodeHarmName = keyof typeof harmsOfNodes;
export const nodeHarms: Readonly<Record<NodeHarmName, NodeHarm>> = harmsOfNodes;

/** A harm of Redis; it ends by itself. */
interface RedisHarm {
  readonly words: string;
  /** Its data go, and kick marks with them. */
  readonly forgetsKicks?: true;
  readonly isInstant?: true;
  readonly harm: (stage: Stage, forMs: number) => Promise<unknown>;
}

const drop = (words: string, type: string): RedisHarm => ({
  words,
  isInstant: true,
  harm: ({ redis }) => redis.call('CLIENT', 'KILL', 'TYPE', type),
});

const harmsOfRedis = {
  dropCommanders: drop('it drops its command connections (CLIENT KILL)', 'normal'),
  dropSubscribers: drop('it drops its subscribers (CLIENT KILL)', 'pubsub'),
  scriptFlush: {
    words: 'it forgets its scripts (SCRIPT FLUSH)',
    isInstant: true,
    harm: ({ redis }) => redis.call('SCRIPT', 'FLUSH'),
  },
  sleep: {
    words: 'it hangs (DEBUG SLEEP)',
    harm: ({ redis }, forMs) => redis.call('DEBUG', 'SLEEP', forMs / 1000),
  },
  pause: {
    words: 'it stands still (SIGSTOP)',
    async harm({ redis }, forMs) {
      redis.pause();
      await delay(forMs);
      redis.resume();
    },
  },
  flush: {
    words: 'it is emptied (FLUSHALL)',
    forgetsKicks: true,
    isInstant: true,
    harm: ({ redis }) => redis.call('FLUSHALL'),
  },
  restart: {
    words: 'it dies (kill -9) and comes back empty',
    forgetsKicks: true,
    async harm({ redis }, forMs) {
      await redis.kill();
      await delay(forMs);
      await redis.restart();
    },
  },
} satisfies Readonly<Record<string, RedisHarm>>;

/** What can be done to Redis. */
export type RedisHarmName = keyof typeof harmsOfRedis;
export const redisHarms: Readonly<Record<RedisHarmName, RedisHarm>> = harmsOfRedis;
