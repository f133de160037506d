import * as fc from 'fast-check';
import { nodeHarms, redisHarms, type NodeHarmName, type RedisHarmName } from './harms.ts';
import { playable, type Schedule, type Step } from './schedule.ts';

/** How far schedules of a form go. */
export interface Scope {
  readonly nodes: number;
  readonly groups: number;
  readonly mostSteps: number;
  /** Times between steps, the shortest first. */
  readonly gapsMs: readonly number[];
  /** How long harms last, the shortest first. */
  readonly holdsMs: readonly number[];
}

const platforms = ['ios', 'android', 'web'] as const;

/** Schedules by chance, which shrink to fewer and shorter steps, the first node, group and platform, and simpler harms. */
export function schedules(scope: Scope): fc.Arbitrary<Schedule> {
  const { mostSteps } = scope;
  const step = fc.oneof(
    { weight: 12, arbitrary: logIns(scope) },
    { weight: 3, arbitrary: leavings(scope) },
    { weight: 1, arbitrary: revocations(scope) },
    { weight: 8, arbitrary: nodesHarmed(scope) },
    { weight: 2, arbitrary: redisHarmed(scope) },
  );
  // Without its bias a list is as often long as short, from the first one on.
  const steps = fc.noBias(fc.array(step, { minLength: 1, maxLength: mostSteps, size: 'max' }));
  return steps.map(playable);
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

function leavings(scope: Scope): fc.Arbitrary<Step> {
  const { afterMs, group, platform } = commonOf(scope);
  const how = fc.constantFrom('logOut' as const, 'close' as const, 'cut' as const);
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
