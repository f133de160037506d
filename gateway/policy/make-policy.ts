import { isPlatform, platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { unlimitedEvictions, type EvictionAllowance } from './eviction-allowance.ts';
import { largestInstanceLimit, type LoginPolicy, type PolicyGroup } from './login-policy.ts';
import { isPresetName, presets } from './presets.ts';
import type { PresetName } from './presets.ts';

/** A group as an operator writes it: a list of platforms is an exclusive group without a bound of its own. */
export type GroupInput =
  | readonly string[]
  | {
      readonly platforms: readonly string[];
      /** Default false. */
      readonly exclusive?: boolean | undefined;
      /** Most sessions of the group; default no bound. */
      readonly max?: number | undefined;
    };

/** What an operator says about a login policy. */
export interface PolicyInput {
  readonly policy: PresetName | readonly GroupInput[];
  /** Most instances of one user on a platform; default 1 each. */
  readonly limits?: Readonly<Partial<Record<Platform, number>>> | undefined;
  /** How often logins may push out sessions; default without a bound. */
  readonly evictions?: EvictionAllowance | undefined;
}

/** The policy an operator wrote cannot be meant; the message says where and why. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** A whole policy from a preset or from groups; platforms that no group names form groups of their own. Throws PolicyError. */
export function makePolicy(input: PolicyInput): LoginPolicy {
  const limits = makeLimits(input.limits ?? {});
  const evictions = input.evictions ?? unlimitedEvictions;
  if (typeof input.policy !== 'string') {
    return { name: 'custom', groups: makeGroups(input.policy), limits, evictions };
  }
  if (!isPresetName(input.policy)) {
    throw new PolicyError(
      `policy: "${String(input.policy)}" is none of ${Object.keys(presets).join(', ')}`,
    );
  }
  return { name: input.policy, groups: presets[input.policy], limits, evictions };
}

function makeGroups(inputs: readonly GroupInput[]): readonly PolicyGroup[] {
  const groupOf = new Map<Platform, number>();
  const groups = inputs.map((input, index) => {
    const group = makeGroup(input, index + 1);
    for (const platform of group.platforms) {
      const earlier = groupOf.get(platform);
      if (earlier !== undefined) {
        throw new PolicyError(
          earlier === index + 1
            ? `policy group ${index + 1}: platform "${platform}" is named twice`
            : `policy group ${index + 1}: platform "${platform}" already stands in group ${earlier}`,
        );
      }
      groupOf.set(platform, index + 1);
    }
    return group;
  });
  const alone = platforms.filter((platform) => !groupOf.has(platform));
  return [...groups, ...alone.map((platform) => openGroup(platform))];
}

function openGroup(platform: Platform): PolicyGroup {
  return { platforms: [platform], exclusive: false, max: Infinity };
}

function makeGroup(input: GroupInput, position: number): PolicyGroup {
  const where = `policy group ${position}`;
  const written = 'platforms' in input ? input : { platforms: input, exclusive: true };
  if (!Array.isArray(written.platforms) || written.platforms.length === 0) {
    throw new PolicyError(`${where}: names no platform`);
  }
  const named = written.platforms.map((name: unknown) => {
    if (!isPlatform(name)) {
      throw new PolicyError(`${where}: "${String(name)}" is no platform (${platforms.join(', ')})`);
    }
    return name;
  });
  const max = written.max ?? Infinity;
  if (max !== Infinity && !isCount(max)) {
    throw new PolicyError(`${where}: max must be a whole number from 1, not ${String(max)}`);
  }
  return { platforms: named, exclusive: written.exclusive ?? false, max };
}

function makeLimits(
  written: Readonly<Partial<Record<Platform, number>>>,
): Readonly<Record<Platform, number>> {
  const limits: Record<Platform, number> = {
    web: 1,
    android: 1,
    ios: 1,
    ipad: 1,
    windows: 1,
    mac: 1,
    linux: 1,
  };
  for (const [name, limit] of Object.entries(written)) {
    if (!isPlatform(name)) {
      throw new PolicyError(`limits: "${name}" is no platform (${platforms.join(', ')})`);
    }
    if (limit === undefined) continue;
    if (!isCount(limit) || limit > largestInstanceLimit) {
      throw new PolicyError(
        `limits: ${name} must be a whole number from 1 to ${largestInstanceLimit}, not ${String(limit)}`,
      );
    }
    limits[name] = limit;
  }
  return limits;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
