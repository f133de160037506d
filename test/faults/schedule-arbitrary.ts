import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { nodeHarms, redisHarms, type NodeHarmName, type RedisHarmName } from './harms.ts';
import { playable, type Schedule, type Step } from './schedule.ts';

/** How far schedules of a form go. */
export interface Scope {
  readonly nodes: number;
  readonly groups: number;
  /** Before those that cannot be done are left out; a schedule shrinks to fewer. */
  readonly fewestSteps: number;
  readonly mostSteps: number;
  /** Times between steps, the shortest first: that is the simplest one. */
  readonly gapsMs: readonly number[];
  /** How long harms last, likewise. */
  readonly holdsMs: readonly number[];
}

const platforms = ['ios', 'android', 'web'] as const;
const leavings = ['logOut', 'close', 'cut'] as const;

/** Schedules by chance, which shrink to fewer steps first, then to shorter times, the first node, group and platform. */
export function schedules(scope: Scope): fc.Arbitrary<Schedule> {
  return new Schedules(scope);
}

/** Where the shrinking of a schedule goes on: so many steps at a time were just left out of it. */
interface Progress {
  readonly chunk: number;
}

/**
 * Lists of fast-check shrink from one end, a step at a time and each to the last; here a trial takes seconds, so whole
 * parts go first.
 */
class Schedules extends fc.Arbitrary<Schedule> {
  readonly #scope: Scope;
  readonly #steps: fc.Arbitrary<Step[]>;

  constructor(scope: Scope) {
    super();
    const { fewestSteps: minLength, mostSteps: maxLength } = scope;
    const step = fc.oneof(
      { weight: 12, arbitrary: logIns(scope) },
      { weight: 3, arbitrary: departures(scope) },
      { weight: 1, arbitrary: revocations(scope) },
      { weight: 8, arbitrary: nodesHarmed(scope) },
      { weight: 2, arbitrary: redisHarmed(scope) },
    );
    this.#scope = scope;
    // Without its bias a list is as often long as short, from the first one on.
    this.#steps = fc.noBias(fc.array(step, { minLength, maxLength, size: 'max' }));
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Schedule> {
    const { value } = this.#steps.generate(random, biasFactor);
    return new fc.Value(playable(value), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Schedule {
    return Array.isArray(value);
  }

  override shrink(schedule: Schedule, context: unknown): fc.Stream<fc.Value<Schedule>> {
    const { chunk } = (context as Progress | undefined) ?? {
      chunk: Math.ceil(schedule.length / 2),
    };
    return fc.stream(smallerThan(schedule, chunk, this.#scope));
  }
}

function* smallerThan(
  schedule: Schedule,
  firstChunk: number,
  scope: Scope,
): Generator<fc.Value<Schedule>> {
  // What comes last is the likeliest to have come too late to matter.
  for (let chunk = Math.min(firstChunk, schedule.length - 1); chunk > 0; chunk >>= 1) {
    for (let end = schedule.length; end > 0; end -= chunk) {
      const rest = schedule.toSpliced(Math.max(0, end - chunk), Math.min(chunk, end));
      yield new fc.Value(playable(rest), { chunk });
    }
  }
  const progress: Progress = { chunk: 1 };
  const renamed = playable(callInOrder(schedule));
  if (renamed.length === schedule.length && !isDeepStrictEqual(renamed, schedule)) {
    yield new fc.Value(renamed, progress);
  }
  for (const [n, step] of schedule.entries()) {
    for (const simpler of simplerThan(step, scope)) {
      const changed = playable(schedule.with(n, simpler));
      if (changed.length === schedule.length) yield new fc.Value(changed, progress);
    }
  }
}

/** The same with its groups and nodes called in the order in which they come: one alone could not change its name. */
function callInOrder(schedule: Schedule): Step[] {
  const groups: number[] = [];
  const nodes: number[] = [];
  const placeIn = (known: number[], one: number): number => {
    if (!known.includes(one)) known.push(one);
    return known.indexOf(one);
  };
  return schedule.map((step) => ({
    ...step,
    ...('group' in step && { group: placeIn(groups, step.group) }),
    ...('node' in step && { node: placeIn(nodes, step.node) }),
  }));
}

/** The same step in a shorter time, a simpler place or manner, one thing at a time, the simplest first. */
function* simplerThan(step: Step, { gapsMs, holdsMs }: Scope): Generator<Step> {
  const simplestFirst = {
    afterMs: gapsMs,
    forMs: holdsMs,
    node: [0],
    platform: platforms.slice(0, 1),
    how: leavings.slice(0, 1),
  };
  for (const [field, values] of Object.entries(simplestFirst)) {
    const now = (step as unknown as Record<string, number | string | undefined>)[field];
    // What has no such field has nothing simpler, nor what is over as soon as it begins.
    if (now === undefined || (field === 'forMs' && now === 0)) continue;
    for (const value of values) {
      if (value === now) break;
      yield { ...step, [field]: value };
    }
  }
}

function commonOf({ groups, nodes, gapsMs }: Scope) {
  return {
    afterMs: fc.constantFrom(...gapsMs),
    group: fc.nat(groups - 1),
    node: fc.nat(nodes - 1),
    platform: fc.constantFrom(...platforms),
  };
}

function logIns(scope: Scope): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant('logIn' as const), ...commonOf(scope) });
}

function departures(scope: Scope): fc.Arbitrary<Step> {
  const { afterMs, group, platform } = commonOf(scope);
  const how = fc.constantFrom(...leavings);
  return fc.record({ kind: fc.constant('leave' as const), afterMs, group, platform, how });
}

function revocations(scope: Scope): fc.Arbitrary<Step> {
  const { afterMs, group } = commonOf(scope);
  return fc.record({ kind: fc.constant('revoke' as const), afterMs, group });
}

function nodesHarmed(scope: Scope): fc.Arbitrary<Step> {
  const { afterMs, node } = commonOf(scope);
  const names = Object.keys(nodeHarms) as NodeHarmName[];
  return fc
    .record({ afterMs, node, harm: fc.constantFrom(...names), forMs: holds(scope) })
    .map((step) => ({ kind: 'harmNode', ...step, forMs: lastsFor(nodeHarms[step.harm], step) }));
}

function redisHarmed(scope: Scope): fc.Arbitrary<Step> {
  const { afterMs } = commonOf(scope);
  const names = Object.keys(redisHarms) as RedisHarmName[];
  return fc
    .record({ afterMs, harm: fc.constantFrom(...names), forMs: holds(scope) })
    .map((step) => ({ kind: 'harmRedis', ...step, forMs: lastsFor(redisHarms[step.harm], step) }));
}

function holds({ holdsMs }: Scope): fc.Arbitrary<number> {
  return fc.constantFrom(...holdsMs);
}

function lastsFor(harm: { readonly isInstant?: true }, { forMs }: { forMs: number }): number {
  return harm.isInstant === true ? 0 : forMs;
}
