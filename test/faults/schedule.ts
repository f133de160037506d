import type { Platform } from '../../protocol/platforms.ts';
import { nodeHarms, redisHarms, type NodeHarmName, type RedisHarmName } from './harms.ts';

/** How a client leaves: with a logout, with a polite close, or as a crashed host. */
export type Leaving = 'logOut' | 'close' | 'cut';

/** What happens in one step. A group is some users who all do the same at once; a node is called by its number. */
export type Act =
  | {
      readonly kind: 'logIn';
      readonly group: number;
      readonly platform: Platform;
      readonly node: number;
    }
  | {
      readonly kind: 'leave';
      readonly group: number;
      readonly platform: Platform;
      readonly how: Leaving;
    }
  /** The back end revokes the tickets of a group. */
  | { readonly kind: 'revoke'; readonly group: number }
  | {
      readonly kind: 'harmNode';
      readonly node: number;
      readonly harm: NodeHarmName;
      readonly forMs: number;
    }
  | { readonly kind: 'harmRedis'; readonly harm: RedisHarmName; readonly forMs: number };

/** An act, and how long after the one before it begins. None waits for the end of another. */
export type Step = Act & { readonly afterMs: number };

/** What befalls a stage, in the order of time. */
export type Schedule = readonly Step[];

/**
 * Leaves out of any list of steps what cannot be done, so that whatever is left is a schedule, however a list was cut:
 * who never logged in has nothing to leave and no tickets to revoke; what is being harmed in some place is not harmed
 * there again; the first node does not die, so that there is always one to log in on and one that lived through it all.
 */
export function playable(steps: readonly Step[]): Schedule {
  const usersKnown = new Set<string>();
  const busyUntilMs = new Map<string, number>();
  const schedule: Step[] = [];
  let nowMs = 0;
  for (const step of steps) {
    const atMs = nowMs + step.afterMs;
    if (!isPlayable(step, usersKnown, (place) => atMs < (busyUntilMs.get(place) ?? 0))) continue;
    if (step.kind === 'logIn') {
      usersKnown.add(groupName(step.group)).add(deviceName(step.group, step.platform));
    }
    if ('forMs' in step) busyUntilMs.set(placeOf(step), atMs + step.forMs);
    schedule.push(step);
    nowMs = atMs;
  }
  return schedule;
}

function isPlayable(
  step: Step,
  usersKnown: ReadonlySet<string>,
  isBusy: (place: string) => boolean,
): boolean {
  switch (step.kind) {
    case 'logIn':
      return true;
    case 'leave':
      return usersKnown.has(deviceName(step.group, step.platform));
    case 'revoke':
      return usersKnown.has(groupName(step.group));
    case 'harmNode':
      return !(step.harm === 'kill' && step.node === 0) && !isBusy(placeOf(step));
    case 'harmRedis':
      return !isBusy(placeOf(step));
  }
}

/** Where a step does harm: at most one harm at a time in each place. */
export function placeOf(step: Extract<Act, { readonly forMs: number }>): string {
  if (step.kind === 'harmRedis') return 'Redis';
  return `${nodeHarms[step.harm].place} of node ${nodeName(step.node)}`;
}

/** What a schedule may do that the checker has to know. */
export interface Leeway {
  /** Established sockets may break. */
  readonly breaksSockets: boolean;
  /** Redis loses its data, and kick marks with it. */
  readonly forgetsKicks: boolean;
  /** How much later than it was sent a login may happen, in ms. */
  readonly delayedMs: number;
}

/** The leeway that a schedule gives: what its harms do to sockets and data, and how long they hold bytes back. */
export function leewayOf(schedule: Schedule): Leeway {
  let breaksSockets = false;
  let forgetsKicks = false;
  let delayedMs = 0;
  for (const step of schedule) {
    if (!('forMs' in step)) continue;
    delayedMs += step.forMs;
    if (step.kind === 'harmRedis') forgetsKicks ||= redisHarms[step.harm].forgetsKicks === true;
    else breaksSockets ||= nodeHarms[step.harm].breaksSockets === true;
  }
  return { breaksSockets, forgetsKicks, delayedMs };
}

/** A schedule for people: a line a step, with its time. */
export function linesOf(schedule: Schedule): string[] {
  let nowMs = 0;
  return schedule.map((step, n) => {
    nowMs += step.afterMs;
    return `${n + 1}. at ${nowMs} ms ${inWords(step)}`;
  });
}

/** An act in words. */
export function inWords(act: Act): string {
  switch (act.kind) {
    case 'logIn':
      return `${groupName(act.group)} log in from ${act.platform} on node ${nodeName(act.node)}`;
    case 'leave':
      return `${groupName(act.group)} ${leavings[act.how]} on ${act.platform}`;
    case 'revoke':
      return `the back end revokes the tickets of ${groupName(act.group)}`;
    case 'harmNode':
      return `node ${nodeName(act.node)}: ${nodeHarms[act.harm].words}${lasting(act.forMs)}`;
    case 'harmRedis':
      return `Redis: ${redisHarms[act.harm].words}${lasting(act.forMs)}`;
  }
}

const leavings = { logOut: 'log out', close: 'close their connections', cut: 'crash' } as const;

function lasting(forMs: number): string {
  return forMs === 0 ? '' : `, for ${forMs} ms`;
}

/** a, b and so on, as nodes of a stage are called. */
function nodeName(number: number): string {
  return String.fromCodePoint(97 + number);
}

function groupName(number: number): string {
  return `users ${String.fromCodePoint(65 + number)}`;
}

function deviceName(group: number, platform: Platform): string {
  return `${groupName(group)} on ${platform}`;
}
