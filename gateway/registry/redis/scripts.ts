import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { platforms } from '../../../protocol/platforms.ts';
import { mobilePlatforms, retention } from '../retention.ts';
import { breakLua, unbroken } from './breaks.ts';
import { openingOf, type Opening } from './connect/call.ts';

/** One Lua script, ready to be called by its SHA-1. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
  /** How many of its words are keys, as the wire wants it. */
  readonly numberOfKeys: string;
  /** How each call of it begins. */
  readonly opening: Opening;
  /** Whether Redis refuses it while it is full: when it runs, Redis takes writes. */
  readonly needsRoom: boolean;
}

/** The scripts of the registry; what each takes, answers and publishes stands at its top. */
export interface Scripts {
  readonly login: Script;
  readonly logout: Script;
  readonly renew: Script;
  readonly kick: Script;
  readonly revoke: Script;
  readonly ban: Script;
  readonly unban: Script;
  readonly audit: Script;
  readonly walk: Script;
  readonly lease: Script;
  readonly standing: Script;
  readonly nodes: Script;
  readonly sweep: Script;
  readonly watch: Script;
  readonly status: Script;
  readonly accounts: Script;
  readonly traffic: Script;
  readonly push: Script;
  readonly keptPush: Script;
  readonly broadcast: Script;
  readonly feed: Script;
  readonly shares: Script;
  readonly policies: Script;
  readonly converge: Script;
}

/**
 * The words in capitals of the scripts. They are put in as they are written here: as variables each script would make them
 * anew at every call, which is a tenth of what a login costs Redis.
 */
const constants: Readonly<Record<string, number | string>> = {
  RECORD_SLACK_S: retention.recordSlackS,
  MARK_LIFE_S: retention.markLifeS,
  MARKS_PER_USER: retention.marksPerUser,
  PAST_PER_USER: retention.pastPerUser,
  PREDECESSORS: retention.predecessors,
  TICKETS_PER_USER: retention.ticketsPerUser,
  LOST_LIFE_S: retention.lostLifeS,
  LOST_PER_USER: retention.lostPerUser,
  PLATFORMS: `' ${platforms.join(' ')} '`,
  MOBILE_PLATFORMS: `' ${mobilePlatforms.join(' ')} '`,
  EVENTS_KEPT: retention.eventsPerPartition,
  EVENTS_LIFE_S: retention.eventLifeS,
  LEASES_LIFE_S: retention.leasesLifeS,
  ACTIVITY_DAYS: retention.activityDays,
  DAY_S: 86_400,
};

/** They take away more than they add, or add nothing: a Redis that is full must not refuse them. */
const freeing = new Set(['logout', 'nodes', 'push', 'standing', 'sweep', 'unban', 'walk']);

/** Reads the scripts from the folder beside this file (the build copies it) and puts the heads it needs before each. */
export function loadScripts(breaks = unbroken): Scripts {
  const read = (name: string): string => breakLua(name, readScript(name), breaks);
  const [records, policy, events] = [read('records'), read('policy'), read('events')];
  const activity = read('activity');
  const presence = [records, events, read('presence')];
  const ending = [...presence, read('ending')];
  const pushing = [records, read('pushing')];
  const load = (name: string, numberOfKeys: number, ...heads: readonly string[]): Script => {
    const needsRoom = !freeing.has(name);
    // With this line Redis looks whether it may write before the script begins, and not at its first write: a
    // refusal leaves no half of a login behind.
    const firstLine = needsRoom ? '#!lua' : '#!lua flags=allow-oom';
    const lua = [firstLine, ...heads, read(name)].join('\n');
    const sha = createHash('sha1').update(lua).digest('hex');
    const opening = openingOf('evalsha', sha, String(numberOfKeys));
    return { name, lua, sha, numberOfKeys: String(numberOfKeys), opening, needsRoom };
  };
  return {
    login: load('login', 4, ...presence, policy, activity),
    logout: load('logout', 2, ...presence),
    renew: load('renew', 2, ...ending),
    kick: load('kick', 1, ...ending),
    revoke: load('revoke', 2, ...ending),
    ban: load('ban', 1, ...ending),
    unban: load('unban', 1, records),
    audit: load('audit', 4, ...ending, policy, activity),
    walk: load('walk', 1, records),
    lease: load('lease', 3),
    standing: load('standing', 2),
    nodes: load('nodes', 2),
    sweep: load('sweep', 1, ...presence),
    watch: load('watch', 1, ...presence),
    status: load('status', 1, ...presence),
    accounts: load('accounts', 2, activity),
    traffic: load('traffic', 2),
    push: load('push', 1, ...pushing),
    keptPush: load('kept-push', 2, ...pushing),
    broadcast: load('broadcast', 2),
    feed: load('feed', 2),
    shares: load('shares', 1),
    policies: load('policies', 2),
    converge: load('converge', 1, ...presence, policy),
  };
}

function readScript(name: string): string {
  const lua = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
  return lua.replaceAll(/\b[A-Z_]+\b/g, (word) => String(constants[word] ?? word));
}
