import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '../../support/redis-server.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { SentinelStore } from '../store-sentinel.ts';

const users = { full: 100, short: 20 } as const;
/** Users that log in twice in each turn, which makes some 50 logins and 25 kicks a second. */
const perTurn = 5;
const turnMs = 200;
const pausedMs = { full: 5000, short: 0 } as const;
/** From the fault to the first login that succeeds, by Sentinels that wait 1 s; and from the first write of the new primary. */
const firstLoginMs = { afterKill: 3000, afterWritable: 1000 } as const;
const slack = { full: 1, short: 4 } as const;

function storeOf({ store }: Stage): SentinelStore {
  if (store instanceof SentinelStore) return store;
  throw new Error('this stage has no Sentinels');
}

/** Logins and kicks, some each turn, while `tell` tells a story; ends with the last of their answers. */
async function underTraffic(stage: Stage, round: number, tell: () => Promise<void>) {
  const { fleet } = stage;
  const logins: Promise<unknown>[] = [];
  const story = new AbortController();
  const run = async (): Promise<void> => {
    for (let turn = 0; !story.signal.aborted; turn++) {
      for (const platform of ['ios', 'android'] as const) {
        const devices = fleet.devices(`r${round}-turn-${turn}`, perTurn, { platform });
        for (const device of devices) device.obey(() => stage.anyNode());
        logins.push(fleet.logInAll(devices, stage.anyNode()));
      }
      await delay(turnMs);
    }
  };
  const running = run();
  try {
    await tell();
  } finally {
    story.abort();
    await running;
  }
  await Promise.all(logins);
}

/** How long after now somebody who tries all the time gets in. */
async function firstLogin(stage: Stage, name: string): Promise<number> {
  const startedMs = performance.now();
  await stage.until(async () => {
    const device = stage.fleet.device(name);
    const { kind } = await device.logIn(stage.anyNode());
    if (kind !== 'in') device.cut();
    return kind === 'in';
  }, 'a login after the fault');
  return performance.now() - startedMs;
}

async function firstWrite(stage: Stage, old: RedisServer): Promise<number> {
  const startedMs = performance.now();
  const primary = await storeOf(stage).redis.newPrimary(old);
  await stage.until(
    async () => (await primary.cli('SET', 'watched', 'yes', 'PX', 1).catch(String)) === 'OK',
    'a write after the fault',
  );
  return performance.now() - startedMs;
}

async function failOver(stage: Stage, round: number, harm: 'kill' | 'pause'): Promise<void> {
  const { fleet } = stage;
  const { redis } = storeOf(stage);
  const old = await redis.primary();
  await stage.until(
    async () => (await old.cli('INFO', 'replication')).includes('connected_slaves:2'),
    'two replicas',
  );
  for (const node of stage.nodes) {
    await fleet.logInAll(fleet.devices(`r${round}-on-${node.name}`, users[stage.form]), node);
  }
  await underTraffic(stage, round, async () => {
    await delay(turnMs * 2);
    stage.fault(harm === 'kill' ? 'the primary dies' : 'the primary stands still');
    if (harm === 'kill') await old.kill();
    else old.pause();
    const wakesMs = performance.now() + pausedMs[stage.form];
    await hearFirst(stage, round, { old, harm });
    await delay(harm === 'kill' ? 0 : Math.max(0, wakesMs - performance.now()));
    stage.fault('the old primary is back');
    if (harm === 'kill') await old.restart();
    else old.resume();
    // The Sentinels would tell it too, ten seconds later. Until then it believes that it is the primary.
    await delay(turnMs * 5);
    await redis.follow(old, await redis.primary());
  });
  stage.heal();
}

/** N7: when the first login comes. */
async function hearFirst(
  stage: Stage,
  round: number,
  { old, harm }: { readonly old: RedisServer; readonly harm: 'kill' | 'pause' },
): Promise<void> {
  const [loginMs, writeMs] = await Promise.all([
    firstLogin(stage, `r${round}-first`),
    firstWrite(stage, old),
  ]);
  const told = `the first login came after ${Math.round(loginMs)} ms, the first write after ${Math.round(writeMs)}`;
  stage.fault(told);
  const room = slack[stage.form];
  stage.expect(loginMs - writeMs < firstLoginMs.afterWritable * room, 'I10', told);
  if (harm === 'kill') stage.expect(loginMs < firstLoginMs.afterKill * room, 'I10', told);
}

/** F02: the primary dies. */
export const primaryKilled: Fault = {
  id: 'F02',
  name: 'the primary of a Sentinel deployment dies with kill -9, under logins and kicks',
  holds:
    'the first login within 3 s, no final refusal, no socket closes, acknowledged logins stand',
  stage: { store: () => SentinelStore.start() },
  rounds: { full: 3, short: 1 },
  boundMs: 5000,
  answersWithinMs: 1000,
  tell: (stage, round) => failOver(stage, round, 'kill'),
};

/** F02: the primary stands still, another takes its place, and it wakes and believes that nothing has happened. */
export const primaryPaused: Fault = {
  ...primaryKilled,
  id: 'F02-pause',
  name: 'the primary of a Sentinel deployment stands still for 5 s (SIGSTOP), under logins and kicks',
  holds: 'the first login within 1 s of the first write of the new primary, else as F02',
  tell: (stage, round) => failOver(stage, round, 'pause'),
};
