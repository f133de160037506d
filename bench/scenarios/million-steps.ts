import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../load/clock.ts';
import { raisePriority } from '../measure/redis-priority.ts';
import { footprintOf, type Footprint } from './footprint.ts';
import { crowdOf, sizesOf } from './million-sizes.ts';
import { gatewaysUsedUs, readCommands, readSiteCpu } from './readings.ts';
import type { ScenarioRun } from './scenario-run.ts';
import { readUpkeep } from './upkeep.ts';

const patienceMs = 10_000;
/** More of them with something to do at a time only wait for one another, and the beats of the gateways with them. */
const generatorsAtOnce = 4;
/** Of a login that is refused for now, as the SDK does. */
const retries = 10;
/** How long a watched user stays. */
const stayMs = 1000;

/** What happens in `million`, one step after the other. */
export const millionSteps: readonly ((run: ScenarioRun) => Promise<void>)[] = [
  favourRedis,
  makeUsers,
  logInAll,
  rest,
  kickSome,
  pressPresence,
  askGateways,
];

/** What a step notes of a stretch of time is named after it. */
async function timed(run: ScenarioRun, name: string, work: () => Promise<void>): Promise<void> {
  const { notes, site } = run;
  const before = readSiteCpu(site);
  const commands = await readCommands(site);
  await work();
  const after = readSiteCpu(site);
  notes[`${name}.ms`] = after.atMs - before.atMs;
  notes[`${name}.gatewaysUs`] = gatewaysUsedUs(before, after);
  notes[`${name}.redisUs`] = after.redisUs - before.redisUs;
  notes[`${name}.commands`] = ((await readCommands(site)) ?? 0) - (commands ?? 0);
}

/** The memory of the machine is at its end: nothing more begins, and the report is of what there is. */
export async function stopEarly(run: ScenarioRun): Promise<void> {
  const { clients, notes, recorder } = run;
  clients.freeze();
  notes['stoppedAt'] = clients.tally.online;
  if (notes['connections'] !== undefined || notes['before.slabBytes'] === undefined) return;
  notes['logins'] = recorder.count('login');
  notes['connections'] = clients.tally.online;
  await takeStock(run, 'after');
}

async function takeStock(run: ScenarioRun, name: 'before' | 'after'): Promise<void> {
  run.show('takes stock', `${run.clients.tally.online} online`);
  const footprint = await footprintOf(run);
  for (const key of Object.keys(footprint) as (keyof Footprint)[])
    run.notes[`${name}.${key}`] = footprint[key];
}

/** Who runs so many gateways gives Redis a core: here a hundred processes want the same few. */
function favourRedis({ site, notes }: ScenarioRun): Promise<void> {
  if (site.redis !== undefined) notes['redisNice'] = raisePriority(site.redis.pid);
  return Promise.resolve();
}

/** Each user has a phone and a desk; those of the sample have another phone besides. */
async function makeUsers(run: ScenarioRun): Promise<void> {
  const { settings } = run;
  const { phones, desks, sample } = sizesOf(settings);
  const lean = { users: `b-million-${settings.seed.toString(36)}`, isLean: true } as const;
  await run.prepare('phone', phones, lean);
  await run.prepare('desk', desks, { ...lean, platform: 'windows' });
  await run.prepare('newPhone', sample, lean);
  await takeStock(run, 'before');
}

/** The desk is at another node than the phone, and the policy lets both stay. */
async function logInAll(run: ScenarioRun): Promise<void> {
  const { settings, notes, recorder } = run;
  const { phones, desks } = sizesOf(settings);
  const pace = {
    kind: 'atOnce',
    most: settings.concurrency,
    generators: generatorsAtOnce,
  } as const;
  await run.watch.begin(monotonicMs());
  await timed(run, 'login', async () => {
    await run.logIn('phone', phones, { isTimed: true, pace, retries });
    await run.logIn('desk', desks, { isTimed: true, pace, retries, shift: 1 });
  });
  notes['logins'] = recorder.count('login');
  notes['connections'] = run.clients.tally.online;
  await takeStock(run, 'after');
  notes['rssBytes'] =
    (notes['after.gatewayRssBytes'] ?? 0) - (notes['before.gatewayRssBytes'] ?? 0);
}

async function rest(run: ScenarioRun): Promise<void> {
  const { duration } = run.settings;
  run.show('rests', `${duration} s, ${run.clients.tally.online} online`);
  await timed(run, 'rest', () => delay(duration * 1000));
  run.notes['sessions'] = (await readUpkeep(run.site)).sessions;
}

/** The new phone logs in at a third node, or at the one of the desk where there are two. */
async function kickSome(run: ScenarioRun): Promise<void> {
  const { settings, site, recorder, clients, notes } = run;
  const { sample } = sizesOf(settings);
  const shift = site.nodes.length > 2 ? 2 : 1;
  await timed(run, 'kick', async () => {
    await run.logInMeanwhile('kicks', 'newPhone', sample, { shift, retries, victims: 'phone' });
    await clients.until(() => recorder.count('kick') >= sample, patienceMs);
  });
  notes['kicksAsked'] = sample;
}

async function pressPresence(run: ScenarioRun): Promise<void> {
  const { settings, recorder, clients, notes } = run;
  const { watchers, rovers, changesTold } = crowdOf(settings, settings.generators);
  await run.prepare('rover', rovers, { isLean: true });
  await run.prepare('watcher', watchers, { isLean: true });
  await run.logIn('watcher', watchers, { watched: 'rover', retries });
  await timed(run, 'presence', async () => {
    await run.logInMeanwhile('presence', 'rover', rovers, { shift: 1, stayMs, retries });
    await clients.until(() => recorder.count('presence') >= changesTold, stayMs + patienceMs);
  });
  notes['changesTold'] = changesTold;
}

async function askGateways({ site, notes }: ScenarioRun): Promise<void> {
  const { leaseLapses, audits, missedProbes, reregistered } = await readUpkeep(site);
  Object.assign(notes, { leaseLapses, audits, missedProbes, reregistered });
}
