import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { RefusableRedis } from '../store-refusable.ts';

const users = { full: 60, short: 10 } as const;

/** Something that Redis says instead of doing as it is told. */
interface Poison {
  readonly name: string;
  /** Begins it; gives back what ends it. */
  readonly begin: (stage: Stage) => Promise<() => Promise<unknown>>;
  /** /readyz says so at once, with this word, and not only when the lease has run out. */
  readonly word?: string;
}

/** Every script of the nodes is refused with this error. */
function refusal(error: string, word?: string): Poison {
  return {
    name: error,
    begin: (stage) => {
      const { refuser } = refusableOf(stage);
      refuser.refuse = ([name = '']) => (name.startsWith('eval') ? error : undefined);
      return Promise.resolve(() => {
        refuser.refuse = () => undefined;
        return Promise.resolve();
      });
    },
    ...(word !== undefined && { word }),
  };
}

/** A setting of Redis that makes it refuse by itself. */
function setting(name: string, harm: string, well: string, word: string): Poison {
  return {
    name: `${name} ${harm}`,
    begin: async ({ redis }) => {
      await redis.cli('CONFIG', 'SET', name, harm);
      return () => redis.cli('CONFIG', 'SET', name, well);
    },
    word,
  };
}

const poisons: readonly Poison[] = [
  setting('maxmemory', '1', '0', 'OOM'),
  setting('min-replicas-to-write', '1', '0', 'NOREPLICAS'),
  {
    name: 'Redis is made a replica of nobody',
    begin: async ({ redis }) => {
      await redis.cli('REPLICAOF', '127.0.0.1', 1);
      return () => redis.cli('REPLICAOF', 'NO', 'ONE');
    },
    word: 'READONLY',
  },
  {
    name: "Redis is busy with somebody's script",
    begin: async (stage) => {
      const { redis } = stage;
      await redis.cli('CONFIG', 'SET', 'busy-reply-threshold', 10);
      const busy = redis.cli('EVAL', 'while true do end', 0).catch(() => undefined);
      const isBusy = () => redis.cli('PING').then(() => false, String);
      await stage.until(async () => /BUSY/.test(String(await isBusy())), 'Redis to be busy');
      return async () => {
        await redis.cli('SCRIPT', 'KILL');
        await busy;
      };
    },
  },
  refusal('MASTERDOWN Link with MASTER is down', 'MASTERDOWN'),
  refusal('MISCONF Redis is configured to save RDB snapshots', 'MISCONF'),
  refusal('LOADING Redis is loading the dataset in memory'),
  refusal('CLUSTERDOWN The cluster is down'),
  refusal('TRYAGAIN Multiple keys request during rehashing of slot'),
  refusal('ERR something that nobody has heard of'),
];

function refusableOf({ store }: Stage): RefusableRedis {
  if (store instanceof RefusableRedis) return store;
  throw new Error('this stage has another store than a redis-server that can refuse');
}

async function poisoned(stage: Stage, prefix: string, poison: Poison): Promise<void> {
  const { fleet } = stage;
  const [a, b] = [stage.node(0), stage.node(1)];
  const count = users[stage.form];
  await fleet.logInAll(fleet.devices(prefix, count), a);
  const newer = fleet.devices(prefix, count, { platform: 'android' });
  for (const device of newer) device.obey(() => stage.anyNode());
  stage.fault(poison.name);
  const end = await poison.begin(stage);
  const outcomes = await fleet.logInAll(newer, b);
  const areRefused = outcomes.every(({ kind }) => kind === 'refused');
  stage.expect(areRefused, 'I10', `somebody was let in: ${poison.name}`);
  // A full run waits for the lease to run out as well, of which all poisons make an end.
  if (poison.word !== undefined || stage.form === 'full') {
    const says = async () => (await b.reasons()).join().includes(poison.word ?? '');
    await stage.until(async () => !(await b.isReady()) && says(), `/readyz to tell ${poison.name}`);
  }
  await end();
}

/** F21: Redis answers, and not what was asked for. */
export const poisonReplies: Fault = {
  id: 'F21',
  name: 'Redis refuses: OOM, NOREPLICAS, READONLY, BUSY, MASTERDOWN, MISCONF, LOADING, CLUSTERDOWN, TRYAGAIN, ERR',
  holds:
    'logins are refused within 1 s, to be tried again; no socket closes; /readyz says so; all is right 5 s after',
  stage: { store: () => RefusableRedis.start() },
  // Of an error that nobody has heard of.
  alarms: ['an index of this node cannot be read', 'a session cannot be compared with Redis'],
  rounds: { full: poisons.length, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const some = stage.form === 'full' ? poisons.slice(round, round + 1) : poisons;
    for (const [n, poison] of some.entries()) await poisoned(stage, `r${round}-${n}`, poison);
    stage.heal();
  },
};

/** The scripts are gone from Redis, or it speaks in tongues: a login must not notice the one, and survive the other. */
export const scriptsLost: Fault = {
  id: 'F21-garbled',
  name: 'SCRIPT FLUSH, and answers that are none, under logins',
  holds:
    'the scripts load again unnoticed; what cannot be read ends the link and no socket; all is right 5 s after',
  rounds: { full: 10, short: 2 },
  boundMs: 5000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const count = users[stage.form];
    await fleet.logInAll(fleet.devices(`r${round}`, count), a);
    stage.fault('SCRIPT FLUSH');
    await stage.redis.cli('SCRIPT', 'FLUSH');
    const platforms = ['android', 'web', 'ipad'] as const;
    const outcomes = await fleet.logInAll(
      fleet.devices(`r${round}`, count, { platform: platforms[0] }),
      b,
    );
    const areIn = outcomes.every(({ kind }) => kind === 'in');
    stage.expect(areIn, 'I10', 'a login was refused because the scripts were gone');

    stage.fault('answers that are none');
    for (const platform of platforms.slice(1)) {
      const newer = fleet.devices(`r${round}`, count, { platform });
      for (const device of newer) device.obey(() => stage.anyNode());
      const logins = fleet.logInAll(newer, random.oneOf([a, b]));
      await stage.until(() => newer.some(({ isIn }) => isIn), 'the first of them');
      for (const { redis } of stage.nodes) redis.say('?what\r\n');
      await logins;
    }
    stage.heal();
  },
};
