import { describe, expect, it } from 'vitest';
import { makePolicy, PolicyError } from '../../gateway/policy/make-policy.ts';
import type { GroupInput, PolicyInput } from '../../gateway/policy/make-policy.ts';
import { platforms } from '../../protocol/platforms.ts';

describe('policy', () => {
  it.each(['single', 'dual', 'triple', 'multi'] as const)(
    'puts every platform into exactly one group of the preset %s',
    (name) => {
      const policy = makePolicy({ policy: name });
      expect(policy.name).toBe(name);
      expect(policy.groups.flatMap((group) => group.platforms).toSorted()).toEqual(
        platforms.toSorted(),
      );
    },
  );

  it('allows one instance on each platform unless told otherwise', () => {
    const policy = makePolicy({ policy: 'multi', limits: { web: 10, ios: 3 } });
    expect(policy.limits).toEqual({
      web: 10,
      android: 1,
      ios: 3,
      ipad: 1,
      windows: 1,
      mac: 1,
      linux: 1,
    });
  });

  it('reads a list of platforms as an exclusive group and gives the unnamed groups of their own', () => {
    const policy = makePolicy({
      policy: [['android', 'ios'], { platforms: ['web', 'mac'], max: 2 }],
    });
    expect(policy.groups.slice(0, 3)).toEqual([
      { platforms: ['android', 'ios'], exclusive: true, max: Infinity },
      { platforms: ['web', 'mac'], exclusive: false, max: 2 },
      { platforms: ['ipad'], exclusive: false, max: Infinity },
    ]);
    expect(policy.groups.slice(3).map((group) => group.platforms)).toEqual([
      ['windows'],
      ['linux'],
    ]);
  });

  it('takes a limit up to 100', () => {
    const policy = makePolicy({ policy: 'multi', limits: { ios: 100 } });
    expect(policy.limits.ios).toBe(100);
  });

  const refusals: readonly [string, PolicyInput, string][] = [
    ['an unknown preset', { policy: 'double' as never }, '"double" is none of single, dual'],
    ['an inherited name', { policy: 'constructor' as never }, '"constructor" is none of'],
    ['an empty group', { policy: [[]] }, 'policy group 1: names no platform'],
    ['an unknown platform', { policy: [['web'], ['andriod']] }, 'policy group 2: "andriod" is no'],
    ['a platform twice', { policy: [['web', 'web']] }, 'group 1: platform "web" is named twice'],
    ['two groups', { policy: [['ios'], ['mac', 'ios']] }, '"ios" already stands in group 1'],
    ['no max', { policy: [{ platforms: ['ios'], max: 0 }] }, 'max must be a whole number from 1'],
    ['a broken group', { policy: [{} as GroupInput] }, 'policy group 1: names no platform'],
    [
      'no limit',
      { policy: 'dual', limits: { web: 0 } },
      'web must be a whole number from 1 to 100',
    ],
    ['a limit over 100', { policy: 'dual', limits: { ios: 101 } }, 'from 1 to 100, not 101'],
    ['half an instance', { policy: 'dual', limits: { mac: 1.5 } }, 'mac must be a whole number'],
    ['a limit of nothing', { policy: 'dual', limits: { tv: 1 } as never }, '"tv" is no platform'],
  ];
  it.each(refusals)('refuses %s and says where', (_what, input, message) => {
    expect(() => makePolicy(input)).toThrow(PolicyError);
    expect(() => makePolicy(input)).toThrow(message);
  });
});
